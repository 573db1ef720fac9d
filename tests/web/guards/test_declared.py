"""Nothing serves an address of which nobody said whom it is for."""

import pytest
from flask import Blueprint, Flask

from portal.web.guards import staff
from portal.web.guards.declared import UndeclaredRoute, refuse_undeclared


def bare(name, *, guard=None):
    """A room with one page, as somebody's own code would add it."""
    room = Blueprint(name, __name__)
    room.get(f"/{name}", endpoint="look")(lambda: "everything")
    if guard:
        room.before_request(guard)
    return room


def test_a_page_that_nobody_is_named_for_stops_the_start_and_is_named():
    app = Flask(__name__, static_folder=None)
    app.register_blueprint(bare("inside", guard=staff.reviewers_only))
    refuse_undeclared(app)
    app.register_blueprint(bare("plugin"))
    app.get("/bare")(lambda: "everything")
    with pytest.raises(UndeclaredRoute) as refused:
        refuse_undeclared(app)
    named, _, rest = str(refused.value).partition(". ")
    assert named == (
        "nothing says whom these addresses are for: /bare (<lambda>), /plugin (plugin.look)"
    )
    assert rest.startswith("Guard their room with staff.reviewers_only")
