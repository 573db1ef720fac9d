"""Without MODE=production the portal answers this machine alone, and says so where it starts."""

import runpy
from pathlib import Path

import pytest

from portal import logs
from portal.config.settings import ALONE
from tests.portals import PRODUCTION, portal_at

ROOT = Path(__file__).resolve().parents[3]
PAGES = ["/", "/mailbox", "/sign-in", "/static/app.css"]


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    """The portal as it is without MODE; none of these comes as far as its database."""
    folder = tmp_path_factory.mktemp("alone")
    return portal_at(f"sqlite:///{folder / 'none.sqlite3'}", folder)


def answered(app, path, **environ):
    answer = app.test_client().get(path, environ_overrides=environ)
    return answer.status_code, answer.text.strip() if answer.mimetype == "text/plain" else ""


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(
    ("environ", "why"),
    [
        ({"REMOTE_ADDR": "192.168.1.7"}, "This request comes from another machine."),
        ({"REMOTE_ADDR": "2001:db8::7"}, "This request comes from another machine."),
        ({"HTTP_HOST": "refunds.example.com"},
         "This request asks for an address that is not this machine's own."),
        ({"HTTP_HOST": "localhost.example.com"},
         "This request asks for an address that is not this machine's own."),
        ({"HTTP_HOST": "192.168.1.7:8000"},
         "This request asks for an address that is not this machine's own."),
        ({"HTTP_X_FORWARDED_FOR": "127.0.0.1"}, "This request came through a proxy."),
        ({"HTTP_X_FORWARDED_PROTO": "https"}, "This request came through a proxy."),
        ({"HTTP_FORWARDED": "for=127.0.0.1"}, "This request came through a proxy."),
        ({"HTTP_X_REAL_IP": "127.0.0.1"}, "This request came through a proxy."),
        ({"HTTP_VIA": "1.1 nginx"}, "This request came through a proxy."),
    ],
)  # fmt: skip
def test_who_is_not_on_this_machine_gets_no_page(app, path, environ, why):
    assert answered(app, path, **environ) == (403, f"{why} {ALONE}")


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"HTTP_HOST": "localhost:8000"},
        {"HTTP_HOST": "[::1]:8000", "REMOTE_ADDR": "::1"},
        {"HTTP_HOST": "127.0.0.1", "REMOTE_ADDR": "::ffff:127.0.0.1"},
        {"HTTP_HOST": "localhost", "REMOTE_ADDR": ""},
    ],
)
def test_who_is_gets_it(app, environ):
    assert answered(app, "/", **environ) == (200, "")


@pytest.mark.parametrize("command", [["serve"], ["demo", "run"]])
@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.7"])
def test_it_is_not_served_to_others(app, command, host):
    result = app.test_cli_runner().invoke(args=[*command, "--host", host])
    assert (result.exit_code, result.stderr) == (
        1,
        f"Error: Not on {host}. {ALONE} To try it here, write --host 127.0.0.1, or leave it out.\n",
    )


@pytest.mark.parametrize(
    ("mode", "said"), [({}, True), ({"MODE": "development"}, True), (PRODUCTION, False)]
)
def test_the_wsgi_app_says_so_as_it_is_loaded(tmp_path, monkeypatch, capsys, mode, said):
    monkeypatch.chdir(tmp_path)  # away from a .env file
    monkeypatch.delenv("MODE", raising=False)
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'none.sqlite3'}")
    monkeypatch.setenv("EVIDENCE_FOLDER", str(tmp_path / "evidence"))
    for name, value in mode.items():
        monkeypatch.setenv(name.upper(), value)
    loaded = runpy.run_path(str(ROOT / "wsgi.py"), run_name="wsgi")
    assert (loaded["app"].name, ALONE in capsys.readouterr().err) == ("portal", said)
    logs.configure(json=False)  # as the portals of other tests write them
