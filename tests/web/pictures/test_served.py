"""A picture is asked for as another takes its place: it is not there, and nothing failed."""

from portal.claims.evidence.files import check_due
from portal.claims.evidence.storage.chosen import storage
from tests.factories import NOW
from tests.web.pictures.parts import red_in_the_middle
from tests.web.steps.journeys import drafted, stored


def test_what_is_deleted_as_it_is_asked_for_is_not_there(visitor):
    reference = drafted(visitor, reason="wrong_code")
    visitor.post(f"/evidence/{reference}", {"files": [red_in_the_middle()]})
    check_due(now=NOW)
    (file,) = stored(reference).evidence
    for view in file.views:
        storage().delete(view["key"])
    visitor.get(f"/evidence/{reference}/{file.public_id}/view", status=404)
