"""What is dear to import and seldom needed waits for its first use, or for a server that starts."""

import subprocess
import sys

import pytest

from portal.config.late import _late, import_now, late


@pytest.fixture
def dear(tmp_path, monkeypatch):
    """A module that nobody has imported, and its name."""
    (tmp_path / "dear_to_import.py").write_text("LETTERS = 3\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield "dear_to_import"
    sys.modules.pop("dear_to_import", None)
    _late.discard("dear_to_import")


def test_a_late_module_is_imported_when_something_of_it_is_asked_for(dear):
    module = late(dear)
    assert dear not in sys.modules
    assert module.LETTERS == 3
    assert dear in sys.modules
    with pytest.raises(AttributeError):
        _ = module.WORDS


def test_a_server_imports_all_of_them_at_once(dear):
    late(dear)
    import_now()
    assert dear in sys.modules


@pytest.mark.long
def test_the_portal_itself_imports_none_of_them():
    told = "import sys, portal.app, portal.config.late; print(*sys.modules.keys() & portal.config.late._late)"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, check=True, text=True)
    assert done.stdout.split() == []
