"""What a form that marks parts of a picture is filled with, and what is shown after it."""

import io

from PIL import Image

from portal.claims.queries import claim_for_change
from portal.claims.verbs import filing
from portal.database import transaction
from tests import factories
from tests.factories import NOW

# In percent of the picture: red in its middle, white around it.
MIDDLE = {"left_1": "25", "top_1": "25", "width_1": "50", "height_1": "50", "do": "burn"}
RED = (200, 20, 60)


def red_in_the_middle(name="shot.png"):
    """A file to send."""
    drawn = Image.new("RGB", (400, 400), "white")
    drawn.paste(RED, (100, 100, 300, 300))
    data = io.BytesIO()
    drawn.save(data, "PNG")
    return io.BytesIO(data.getvalue()), name


def send(reference):
    """Its owner sends the draft."""
    with transaction():
        claim = claim_for_change(reference)
        filing.confirm_terms(claim, at=NOW)
        filing.submit(claim, policy=factories.policy(claim.shop), at=NOW)


def seen_at(browser, address):
    """The colour in the middle of the picture that is served there."""
    with browser.client.get(address) as answer:
        assert answer.status_code == 200
        picture = Image.open(io.BytesIO(answer.get_data())).convert("RGB")
    return picture.getpixel((picture.width // 2, picture.height // 2))
