"""Who works in a restored copy is told on every page that nothing leaves it."""

from portal import epoch
from tests import factories

SAID = (
    "This is a restored copyNo mail, no payment and no webhook leaves it, nor does any deadline"
    " act, until who runs the portal has reconciled it."
)


def test_who_works_here_is_told_that_it_is_a_copy(app, visitor, mara):
    page = visitor.get("/review")
    assert SAID not in page.text(page.tree)
    factories.claim()
    epoch.disown()
    app.extensions.pop("restored_copy")
    page = visitor.get("/review")
    assert SAID in page.text(page.tree)
