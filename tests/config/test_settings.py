"""Settings: each bad one stops the start with its name and what to write instead."""

import base64
import resource

import pytest

from portal.app import flask_config
from portal.config.keys import EXAMPLE_SEAL_KEY, EXAMPLE_SECRET_KEY
from portal.config.settings import Mode, SettingsError

KEY = base64.b64encode(bytes(range(32))).decode()
OTHER = base64.b64encode(bytes(range(100, 132))).decode()
PRODUCTION = {
    "MODE": "production",
    "SECRET_KEY": "a-text-that-nobody-else-knows-0123456789",
    "SEAL_KEYS": f"first:{KEY}",
    "BASE_URL": "https://refunds.example.com",
    "MAIL_SERVER": "smtp.example.com",
    "POLICY_FILES": "numberplug",
}


@pytest.fixture
def refused(load):
    """What the refusal of these environment variables says, line by line."""

    def run(**environment):
        with pytest.raises(SettingsError) as error:
            load(**environment)
        first, *lines = str(error.value).splitlines()
        assert first == "The portal can't start with these settings."
        return lines

    return run


def test_a_new_machine_needs_no_setting(load):
    settings = load()
    assert (settings.mode, settings.debug, settings.mailbox) == (Mode.DEVELOPMENT, False, True)
    assert settings.database_url == "sqlite:///var/redress.sqlite3"


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("MODE", "staging", "Input should be 'development' or 'production'"),
        ("DEBUG", "perhaps", "Input should be a valid boolean, unable to interpret input"),
        ("BASE_URL", "refunds.example.com",
         "write the portal's own address, such as https://refunds.example.com"),
        ("BASE_URL", "ftp://refunds.example.com",
         "write the portal's own address, such as https://refunds.example.com"),
        ("BASE_URL", "http://[::1",
         "write the portal's own address, such as https://refunds.example.com"),
        ("BASE_URL", "http://localhost:port",
         "write the portal's own address, such as https://refunds.example.com"),
        ("BASE_URL", "http://dana@localhost",
         "write the portal's own address, such as https://refunds.example.com"),
        ("DATABASE_URL", "postgresql://u:p@[::1/name",
         "write sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME"),
        ("DATABASE_URL", "mysql://root@localhost/redress",
         "write sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME"),
        ("DATABASE_URL", "redress.sqlite3",
         "write sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME"),
        ("SEAL_KEYS", "first",
         "write NAME:KEY with KEY the base64 of 32 random bytes; the first is used to seal"),
        ("SEAL_KEYS", "first:!!!",
         "write NAME:KEY with KEY the base64 of 32 random bytes; the first is used to seal"),
        ("SEAL_KEYS", "first:c2hvcnQ=",
         "write NAME:KEY with KEY the base64 of 32 random bytes; the first is used to seal"),
        ("SEAL_KEYS", f":{KEY}",
         "write NAME:KEY with KEY the base64 of 32 random bytes; the first is used to seal"),
        ("SEAL_KEYS", f"my key:{KEY}",
         "name each key with up to 32 letters, digits, - or _, a letter or digit first; not 'my key'"),
        ("SEAL_KEYS", f"first:{KEY},_second:{KEY}",
         "name each key with up to 32 letters, digits, - or _, a letter or digit first; not '_second'"),
        ("SEAL_KEYS", f"{'n' * 33}:{KEY}",
         ("name each key with up to 32 letters, digits, - or _, a letter or digit first;"
         f" not '{'n' * 33}'")),
        ("SEAL_KEYS", f"n\u00e9:{KEY}",
         "name each key with up to 32 letters, digits, - or _, a letter or digit first; not 'n\u00e9'"),
        ("SEAL_KEYS", f"first:{KEY},first:{OTHER}",
         "two keys are named 'first': give each a name of its own"),
        ("SEAL_KEYS", f"zero:{'A' * 43}=",
         "the key 'zero' is not random: write the base64 of 32 random bytes"),
        ("SEAL_KEYS", f"first:{KEY},said:{base64.b64encode(b'redress!' * 4).decode()}",
         "the key 'said' is not random: write the base64 of 32 random bytes"),
        ("SEAL_KEYS", ",", "write at least one NAME:KEY"),
        ("TRUSTED_PROXIES", "-1", "Input should be greater than or equal to 0"),
        ("TRUSTED_PROXIES", "many",
         "Input should be a valid integer, unable to parse string as an integer"),
        ("MAIL_PORT", "0", "Input should be greater than or equal to 1"),
        ("MAIL_PORT", "70000", "Input should be less than or equal to 65535"),
        ("MAIL_SECURITY", "ssl", "write starttls, tls, or none"),
        ("MAIL_TIMEOUT", "0", "Input should be greater than 0"),
        ("NEIGHBOURS", "127.0.0.1:8100,shop.example:8100",
         "write addresses of this machine with their ports, such as 127.0.0.1:8100"),
        ("NEIGHBOURS", "127.0.0.1",
         "write addresses of this machine with their ports, such as 127.0.0.1:8100"),
    ],
)  # fmt: skip
def test_a_bad_setting_is_named_with_what_to_write(refused, name, value, said):
    assert refused(**{name: value}) == [f"{name}: {said}"]


def test_all_bad_settings_are_named_at_once(refused):
    assert refused(MAIL_SECURITY="ssl", MODE="staging") == [
        "MODE: Input should be 'development' or 'production'",
        "MAIL_SECURITY: write starttls, tls, or none",
    ]


@pytest.mark.parametrize(
    ("url", "called"),
    [
        ("http://127.0.0.1:8100/credit", True),
        ("http://127.0.0.1:8101/credit", False),
        ("http://shop@127.0.0.1:8100/credit", False),
        ("http://localhost:8100/credit", False),
        ("https://[::1:8100/credit", False),
    ],
)
def test_production_calls_on_its_own_machine_what_is_named_and_nothing_else(load, url, called):
    assert load().calls_here(url) is True
    assert load(**PRODUCTION).calls_here(url) is False
    assert load(NEIGHBOURS="127.0.0.1:8100").calls_here(url) is called


def test_production_starts_with_settings_of_its_own(load):
    settings = load(**PRODUCTION)
    assert (settings.mode, settings.mailbox) == (Mode.PRODUCTION, False)


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"DEBUG": "true"}, "DEBUG: write false, or leave it out"),
        ({"SECRET_KEY": EXAMPLE_SECRET_KEY},
         "SECRET_KEY: write a random text of 32 characters or more, known to nobody"),
        ({"SECRET_KEY": "x" * 31},
         "SECRET_KEY: write a random text of 32 characters or more, known to nobody"),
        ({"SECRET_KEY": "k" * 40},
         "SECRET_KEY: write a random text of 32 characters or more, known to nobody"),
        ({"SECRET_KEY": "changeme" * 5},
         "SECRET_KEY: write a random text of 32 characters or more, known to nobody"),
        ({"SECRET_KEY_FALLBACKS": "the-short-one-of-last-year"},
         ("SECRET_KEY_FALLBACKS: remove what is shorter than 32 characters or not random:"
         " it would be guessed, and still opens what it signed")),
        ({"RATELIMIT_STORAGE": "redis://:word@cache.example.com"},
         "RATELIMIT_STORAGE: write rediss://: without TLS anybody on the way reads its password"),
        ({"EVIDENCE_BUCKET": "evidence", "EVIDENCE_S3_ENDPOINT": "http://s3.example.com",
          "EVIDENCE_S3_ACCESS_KEY": "k", "EVIDENCE_S3_SECRET_KEY": "s"},
         "EVIDENCE_S3_ENDPOINT: write https://: over http anybody on the way reads the files"),
        ({"DATABASE_URL": "postgresql://redress:Postgres@db/redress"},
         "DATABASE_URL: give the database a password of its own: this one is tried first"),
        ({"DATABASE_URL": "postgresql://redress:x7Qm@db.example.com/redress?sslmode=disable"},
         ("DATABASE_URL: write sslmode=require or verify-full: without TLS anybody on the way reads"
         " its password")),
        ({"SECRET_KEY": ""},
         "SECRET_KEY: write a random text of 32 characters or more, known to nobody"),
        ({"SECRET_KEY_FALLBACKS": EXAMPLE_SECRET_KEY},
         "SECRET_KEY_FALLBACKS: remove the example key, which everybody knows"),
        ({"SEAL_KEYS": EXAMPLE_SEAL_KEY},
         "SEAL_KEYS: write NAME:KEY with 32 random bytes of your own"),
        ({"SEAL_KEYS": f"first:{KEY},{EXAMPLE_SEAL_KEY}"},
         "SEAL_KEYS: write NAME:KEY with 32 random bytes of your own"),
        ({"SEAL_KEYS": ""}, "SEAL_KEYS: write NAME:KEY with 32 random bytes of your own"),
        ({"BASE_URL": ""},
         "BASE_URL: write the portal's own address, such as https://refunds.example.com"),
        ({"POLICY_FILES": ","},
         ("SHOPS: write the id of each shop that runs, separated by commas, such as my-shop; flask"
         " --app wsgi shop new my-shop writes its policy file")),
        ({"MAIL_SERVER": ""},
         "MAIL_SERVER: write the mail server's name; the mailbox page is for development"),
    ],
)  # fmt: skip
def test_production_refuses_what_development_forgives(refused, load, change, line):
    assert load(**change).mode is Mode.DEVELOPMENT
    assert refused(**PRODUCTION | change) == ["production mode refuses these:", f"  {line}"]


def test_production_over_http_is_refused_but_for_a_try_on_this_machine(load, refused):
    assert refused(**PRODUCTION | {"BASE_URL": "http://refunds.example.com"}) == [
        "production mode refuses these:",
        "  BASE_URL: write https://: over http anybody on the way reads passwords and codes",
    ]
    assert load(**PRODUCTION | {"BASE_URL": "http://127.0.0.1:8000"}).mode is Mode.PRODUCTION


@pytest.mark.parametrize(
    "address",
    ["https://refunds.example.com", "http://192.168.1.7:8000", "http://[fe80::1]", "http://0.0.0.0:80",
     "http://localhost.example.com", "http://127.0.0.1.nip.io"],
)  # fmt: skip
@pytest.mark.parametrize("mode", [{}, {"MODE": "development"}])
def test_an_address_that_others_reach_needs_production(refused, address, mode):
    assert refused(BASE_URL=address, **mode) == [
        (
            "BASE_URL: this is an address that others reach: write MODE=production with it,"
            " or leave it out"
        )
    ]


@pytest.mark.parametrize(
    "address",
    ["http://localhost:8000", "http://redress.localhost", "http://127.0.0.1:8000", "http://127.1.2.3",
     "https://[::1]:8443", "http://LOCALHOST."],
)  # fmt: skip
def test_an_address_of_this_machine_needs_nothing(load, address):
    assert load(BASE_URL=address).mode is Mode.DEVELOPMENT


def test_a_proxy_without_production_is_refused(refused):
    assert refused(TRUSTED_PROXIES="1") == [
        "TRUSTED_PROXIES: a proxy lets others in: write MODE=production with it, or leave it out"
    ]


@pytest.mark.parametrize("mode", [{}, PRODUCTION])
def test_a_password_is_sent_to_no_mail_server_in_the_clear(load, refused, mode):
    mail = {"MAIL_SERVER": "smtp.example.com", "MAIL_SECURITY": "none", "MAIL_PASSWORD": "hunter2"}
    assert refused(**mode | mail) == [
        "MAIL_SECURITY: write starttls or tls: with none anybody on the way reads MAIL_PASSWORD"
    ]
    assert load(**mode | mail | {"MAIL_PASSWORD": ""}).mail_security == "none"
    assert load(**mode | mail | {"MAIL_SERVER": "127.0.0.1"}).mail_security == "none"


def test_what_is_wrong_in_either_mode_and_in_production_is_said_together(refused):
    change = {"MAIL_SECURITY": "none", "MAIL_PASSWORD": "hunter2", "DEBUG": "true"}
    assert refused(**PRODUCTION | change) == [
        "MAIL_SECURITY: write starttls or tls: with none anybody on the way reads MAIL_PASSWORD",
        "production mode refuses these:",
        "  DEBUG: write false, or leave it out",
    ]


def test_a_renamed_example_key_is_refused_in_production_too(refused):
    secret = EXAMPLE_SEAL_KEY.partition(":")[2]
    assert refused(**PRODUCTION | {"SEAL_KEYS": f"mine:{secret}"}) == [
        "production mode refuses these:",
        "  SEAL_KEYS: write NAME:KEY with 32 random bytes of your own",
    ]


def test_no_refusal_shows_a_secret(refused):
    lines = refused(**PRODUCTION | {"SECRET_KEY": "short-and-known", "MAIL_PASSWORD": "hunter2"})
    lines += refused(SEAL_KEYS="first:aHVudGVyMg==")
    assert not any("short-and-known" in line or "hunter2" in line for line in lines)
    assert not any("aHVudGVyMg" in line for line in lines)


@pytest.mark.parametrize(
    "given",
    [
        "postgres://u:p@host/name",
        "postgresql://u:p@host/name",
        "postgresql+psycopg://u:p@host/name",
    ],
)
def test_every_spelling_of_a_postgres_address_uses_psycopg(load, given):
    assert load(DATABASE_URL=given).database_url == "postgresql+psycopg://u:p@host/name"


def test_lists_are_written_with_commas(load):
    settings = load(
        SECRET_KEY_FALLBACKS="older, oldest,", SEAL_KEYS=f"new:{KEY}, {EXAMPLE_SEAL_KEY}"
    )
    assert [key.get_secret_value() for key in settings.secret_key_fallbacks] == ["older", "oldest"]
    assert [key.get_secret_value() for key in settings.seal_keys] == [
        f"new:{KEY}",
        EXAMPLE_SEAL_KEY,
    ]


def test_an_env_file_is_read_and_the_environment_wins(load, tmp_path):
    tmp_path.joinpath(".env").write_text("MAIL_SERVER=from.file\nMAIL_PORT=25\n")
    settings = load(MAIL_PORT="465")
    assert (settings.mail_server, settings.mail_port) == ("from.file", 465)


def test_cookies_are_for_https_alone_where_the_portal_is_served_so(load):
    names = ("SESSION_COOKIE_NAME", "SESSION_COOKIE_SECURE")
    secure = flask_config(load(**PRODUCTION | {"BASE_URL": "https://refunds.example.com/"}))
    assert [secure[name] for name in names] == ["__Host-session", True]
    plain = flask_config(load(MODE="development", BASE_URL=""))
    assert [plain[name] for name in names] == ["session", False]


def test_only_production_holds_visitors_to_its_own_address(load):
    """In development localhost and 127.0.0.1 are the same place to a newcomer."""
    assert flask_config(load(**PRODUCTION))["TRUSTED_HOSTS"] == ["refunds.example.com"]
    here = load(MODE="development", BASE_URL="http://localhost")
    assert flask_config(here)["TRUSTED_HOSTS"] is None


def test_a_portal_that_crashes_leaves_no_core_dump_with_keys_in_it(app):
    assert app.extensions["settings"].seal_keys
    assert resource.getrlimit(resource.RLIMIT_CORE) == (0, 0)
