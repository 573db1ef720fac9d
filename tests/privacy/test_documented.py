"""docs/privacy.md has the table of the code, and each setting of it stands in .env.example."""

from datetime import timedelta
from pathlib import Path

from portal.config.periods import PeriodSettings
from portal.config.settings import load_settings
from portal.privacy.classes import CLASSES

ROOT = Path(__file__).parents[2]


def said(each):
    kept = each.kept(load_settings())
    if isinstance(kept, timedelta):
        days, rest = divmod(kept, timedelta(days=1))
        kept = f"{days} days" if days > 1 else "1 day" if days else f"{rest.seconds} seconds"
        kept = {"3600 seconds": "1 hour"}.get(kept, kept)
    if each.setting:
        kept = f"{kept}: `{each.setting.upper()}`"
    since = f", from when {each.since}" if each.since and kept else ""
    how = "`retention run`" if each.data else f"*{each.job}*" if each.job else ""
    cells = each.key, each.what, f"{kept or 'for good'}{since}", how, each.stays
    return f"| {' | '.join(cells)} |"


def test_the_page_has_the_table_of_the_code_and_the_settings_are_documented():
    page = (ROOT / "docs" / "privacy.md").read_text(encoding="utf-8")
    assert [line for each in CLASSES if (line := said(each)) not in page] == []
    example = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    fields = PeriodSettings.model_fields
    wanted = {f"{name.upper()}={field.default}" for name, field in fields.items()}
    assert wanted - set(example) == set()
    assert {each.setting for each in CLASSES if each.setting} == fields.keys()
