"""Whether a shop's own file may decide by itself: what the check says of its text, kept by its hash."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog

from portal.config.settings import settings
from portal.policy.file import reading
from portal.policy.file.flaws import FlawKind
from portal.translation import kept_gettext, kept_list, lazy_gettext, made, spoken_again
from portal.versions import checking
from portal.versions.models import text_hash
from portal.versions.registry import policies
from portal.workbench.running import WorkbenchError

log = structlog.get_logger(__name__)

AGAIN = timedelta(hours=1)  # after the workbench gave no answer
UNCHECKED = lazy_gettext(
    "This file has not been checked yet; the worker does it. Until then every claim waits for a person."
)


def held(folder: Path, text: str) -> str:
    """Why a policy of this text decides nothing by itself, in sentences; empty where it may."""
    try:
        kept = json.loads(_kept(folder, text).read_text(encoding="utf-8"))
        return spoken_again(kept["held"], kept.get("made_of", kept["held"]))
    except (OSError, ValueError, KeyError):
        return UNCHECKED


def check_due(*, now: datetime) -> int:
    """The worker's part: check one shop's own file that was not checked; 1, or 0 where none waits."""
    folder = settings().checks_folder
    for shop, text in policies().own_texts().items():
        if _waits(_kept(folder, text), now):
            reason, final = _checked(shop, text)
            keep(folder, text, held=reason, final=final)
            policies().hold()
            log.info("policy file checked", shop=shop, held=reason or None)
            return 1
    return 0


def keep(folder: Path, text: str, *, held: str, final: bool = True) -> None:
    """Keep what the check said of a text: why it decides nothing by itself, empty where it may."""
    folder.mkdir(parents=True, exist_ok=True)
    new = _kept(folder, text).with_suffix(".new")
    kept = {"held": held, "made_of": made(held), "final": final}
    new.write_text(json.dumps(kept), encoding="utf-8")
    new.replace(_kept(folder, text))


def _kept(folder: Path, text: str) -> Path:
    return folder / f"{text_hash(text)}.json"


def _waits(path: Path, now: datetime) -> bool:
    try:
        final = json.loads(path.read_text(encoding="utf-8"))["final"]
    except (OSError, ValueError, KeyError):
        return True
    return not final and datetime.fromtimestamp(path.stat().st_mtime, UTC) <= now - AGAIN


def _checked(shop: str, text: str) -> tuple[str, bool]:
    """Why nothing is automatic, empty where all is well; and whether that is the last word."""
    with checking.as_file(shop, text) as path:
        try:
            versions = reading.load(path).versions
            found = [checking.check(f"{path}@{version.in_force}") for version in versions]
        except WorkbenchError as error:
            why = kept_gettext(
                "The check gave no answer: %(why)s. Until it does, every claim waits for a person.",
                why=error.args[0],
            )
            return why, False
    problems = [each for report in found for each in report["problems"]]
    for each in problems:
        if each["kind"] == FlawKind.CONTRADICTION:
            why = kept_gettext(
                "%(clauses)s contradict each other, and the file does not say which goes first. Until it does, every claim waits for a person. `flask --app wsgi policy check %(shop)s` shows it.",
                clauses=kept_list([each["clause"], *each["others"]]),
                shop=shop,
            )
            return why, True
    if problems:
        log.warning("policy file has flaws", shop=shop, count=len(problems),
                    see=f"flask --app wsgi policy check {shop}")  # fmt: skip
    return "", True
