import pytest
from sqlalchemy import func, select

from portal.cli.records import records
from portal.extensions import db
from portal.records.models import Order

GOOD = "record,reference,account_email\norder,A-1,a@example.org\norder,A-2,a@example.org\n"


@pytest.fixture
def run(app):
    return lambda *words, given=None: app.test_cli_runner().invoke(records, words, input=given)


def test_a_file_is_imported_and_counted(run, tmp_path):
    path = tmp_path / "orders.csv"
    path.write_text(GOOD)
    assert run("import", "numberplug", str(path)).output == "order: 2 new, 0 changed, 0 unchanged\n"
    again = run("import", "numberplug", "-", given=GOOD)
    assert (again.exit_code, again.output) == (0, "order: 0 new, 0 changed, 2 unchanged\n")


def test_a_bad_file_names_its_rows_and_stores_nothing(run):
    result = run("import", "numberplug", "-", given=GOOD + "order,A-3,ana\n")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.splitlines() == [
        "line 4, account_email: write an e-mail address, such as ana@example.org",
        "Nothing was imported.",
    ]
    assert db.session.scalar(select(func.count()).select_from(Order)) == 0


def test_a_shop_that_is_not_there_is_named(run):
    result = run("import", "nobody", "-", given=GOOD)
    assert result.exit_code == 2
    assert "no such shop; write one of activation-claims, client-numbers," in result.stderr


def test_a_file_that_is_not_there_is_named(run):
    result = run("import", "numberplug", "nothing.csv")
    assert result.exit_code == 2
    assert "nothing.csv" in result.stderr
