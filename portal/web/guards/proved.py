"""What is said beside a form that is sent without a fresh factor: what was typed into it stays."""

from portal.translation import gettext


def factor_needed() -> str:
    """Why nothing was done, and how to go on without losing what was written."""
    return gettext(
        "Nothing was done yet: it is more than five minutes since you entered a code. Enter a new one"
        " in the tab that the link above opens, then press again."
    )
