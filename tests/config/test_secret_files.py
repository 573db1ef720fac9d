"""A secret stands in the environment, in .env, or in a file that NAME_FILE names and nobody else can read."""

import base64
import os

import pytest
from pydantic import SecretStr

from portal.config.settings import Settings, SettingsError

KEY = base64.b64encode(bytes(range(32))).decode()
# A sound value of each secret, as it is written.
SECRETS = {
    "SECRET_KEY": "a-text-that-nobody-else-knows-0123456789",
    "SECRET_KEY_FALLBACKS": "an-older-text-that-nobody-knows-0123456789",
    "SEAL_KEYS": f"first:{KEY}",
    "DATABASE_URL": "postgresql+psycopg://redress:a-password@database/redress",
    "RATELIMIT_STORAGE": "rediss://:a-password@redis",
    "MAIL_PASSWORD": "of-the-mail-server",
    "METRICS_TOKEN": "known-to-who-reads-the-figures-0123456789",
    "EVIDENCE_S3_ACCESS_KEY": "of-the-bucket",
    "EVIDENCE_S3_SECRET_KEY": "of-the-bucket-too",
    "PULL_KEYS": "my-shop:a-key",
}
BESIDE = {
    "EVIDENCE_BUCKET": "my-evidence",
    "PULLERS": "my-shop 5sim https://5sim.net currency=USD",
}


@pytest.fixture
def written(tmp_path):
    """A file of this text, for its owner alone."""

    def write(name, text, mode=0o600):
        path = tmp_path / name.lower()
        path.write_text(text)
        path.chmod(mode)
        return str(path)

    return write


def plain(value):
    """A setting without the wrapping that hides secrets."""
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return value.get_secret_value() if isinstance(value, SecretStr) else value


def test_each_secret_may_stand_in_a_file_of_its_own(load, written):
    by_file = {f"{name}_FILE": written(name, f"{text}\n") for name, text in SECRETS.items()}
    from_files = load(**BESIDE, **by_file)
    for name in by_file:
        os.environ.pop(name)
    assert load(**SECRETS) == from_files
    assert plain(from_files.seal_keys) == [f"first:{KEY}"]
    assert plain(from_files.secret_key) == SECRETS["SECRET_KEY"]


def test_of_every_setting_that_is_hidden_there_may_be_a_file():
    hidden = {
        name.upper()
        for name, field in Settings.model_fields.items()
        if "SecretStr" in str(field.annotation)
    }
    assert hidden == SECRETS.keys() - {"DATABASE_URL", "RATELIMIT_STORAGE"}


def test_a_file_is_named_in_env_too(load, written, tmp_path):
    path = written("SECRET_KEY", SECRETS["SECRET_KEY"])
    (tmp_path / ".env").write_text(f"SECRET_KEY=\nSECRET_KEY_FILE={path}\n")
    assert plain(load().secret_key) == SECRETS["SECRET_KEY"]


def test_what_can_not_be_relied_on_is_refused_by_name_and_shows_no_secret(load, written, tmp_path):
    opened = written("MAIL_PASSWORD", "quartz", 0o640)
    empty = written("METRICS_TOKEN", " \n")
    both = written("SECRET_KEY", SECRETS["SECRET_KEY"])
    missing = str(tmp_path / "missing")
    with pytest.raises(SettingsError) as refused:
        load(
            SECRET_KEY=SECRETS["SECRET_KEY"],
            SECRET_KEY_FILE=both,
            SEAL_KEYS_FILE=missing,
            MAIL_PASSWORD_FILE=opened,
            METRICS_TOKEN_FILE=empty,
        )
    assert str(refused.value).splitlines() == [
        "The portal can't start with these settings.",
        "SECRET_KEY_FILE: SECRET_KEY is set too: leave out one of the two",
        f"SEAL_KEYS_FILE: [Errno 2] No such file or directory: '{missing}'",
        f"MAIL_PASSWORD_FILE: others can read {opened}: chmod 600 {opened}",
        f"METRICS_TOKEN_FILE: {empty} is empty: write METRICS_TOKEN into it",
    ]
