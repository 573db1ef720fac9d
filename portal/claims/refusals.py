"""What a verb refuses, each with words for a person; HTTP is given to them in web/errors.py."""

from datetime import timedelta

from portal.translation import gettext, ngettext


class ClaimHasMoved(Exception):
    """The claim changed since the person looked at it; nothing was done."""


class InOtherHands(Exception):
    """Somebody else took the claim, or let it go, since the page was shown; nothing was done."""

    def __init__(self, name: str | None) -> None:
        super().__init__(
            gettext("Meanwhile %(name)s has this claim in hand.", name=name)
            if name
            else gettext("Meanwhile nobody has this claim in hand any more.")
        )


class UnknownName(Exception):
    """A note names somebody who can't be told apart or may not look at the claim; nothing was kept."""


class AlreadyOpen(Exception):
    """The same order has an open claim; ``reference`` names it."""

    def __init__(self, reference: str) -> None:
        super().__init__(
            gettext("Claim %(reference)s about this order is still open.", reference=reference)
        )
        self.reference = reference


class NeedsReason(Exception):
    """A decision needs a written reason; ``field`` says which: for the history, or for the customer."""

    def __init__(self, words: str, *, field: str = "override") -> None:
        super().__init__(words)
        self.field = field


class AmountRefused(Exception):
    """The amount is nothing, or more than was paid."""


class ReferenceUsed(Exception):
    """The payment's reference stands on another payout already; ``claims`` names theirs."""

    def __init__(self, reference: str, claims: list[str]) -> None:
        super().__init__(
            gettext(
                "%(reference)s was used for claim %(join)s.",
                reference=reference,
                join=", ".join(claims),
            )
        )
        self.claims = claims


class RecordsChanged(Exception):
    """The records now would change what is paid; ``differences`` says how, a line each."""

    def __init__(self, differences: list[str]) -> None:
        super().__init__(" ".join(differences))
        self.differences = differences


class TooLate(Exception):
    """It can't be taken back any more, for the reason that it says."""


class NotYours(Exception):
    """This reviewer decided the claim before; an appeal goes to somebody else."""


class NeedsAnother(Exception):
    """This person may not do it, and another may: their own claim, both halves, or more than one lets go."""


class PaidTooEarly(Exception):
    """The destination was changed lately, and the money waits until it is sure who did."""

    field = "reference"


class AppealRefused(Exception):
    """The appeal is late, or brings nothing new."""


class Incomplete(Exception):
    """The claim can't be sent yet: ``fields`` say what is not answered."""

    def __init__(self, *fields: str) -> None:
        super().__init__(f"{', '.join(fields)} not answered")
        self.fields = fields


_LONG = 120  # minutes; a longer wait is told in hours


class TooManyFiled(Exception):
    """An account sent as many claims as are taken of one within a day; after ``wait`` another can be sent."""

    def __init__(self, *, wait: timedelta) -> None:
        hours = max(1, -(-int(wait.total_seconds()) // 3600))
        super().__init__(
            ngettext(
                "We take no more claims of one account within a day. What you entered is kept: send it in %(num)s hour.",
                "We take no more claims of one account within a day. What you entered is kept: send it in %(num)s hours.",
                hours,
            )
        )
        self.wait = wait


class TooManyCodes(Exception):
    """Too many codes were asked for within the hour or day; after ``wait`` one can be asked for again."""

    def __init__(self, words: str, *, wait: timedelta) -> None:
        minutes = max(1, -(-int(wait.total_seconds()) // 60))
        if minutes > _LONG:
            said = ngettext(
                "%(words)s You can ask here again in %(num)s hour.",
                "%(words)s You can ask here again in %(num)s hours.",
                -(-minutes // 60),
                words=words,
            )
        else:
            said = ngettext(
                "%(words)s You can ask for another one in %(num)s minute.",
                "%(words)s You can ask for another one in %(num)s minutes.",
                minutes,
                words=words,
            )
        super().__init__(said)
        self.wait = wait


class TooManyFiles(Exception):
    """The claim holds as many files as it may."""


class SameFile(Exception):
    """The claim has this very file already, byte for byte."""


class NotOwed(Exception):
    """Nothing is owed for this order without asking, or no longer; nothing was done."""

    def __init__(self, order_reference: str) -> None:
        super().__init__(
            gettext("order %(order)s is not owed for, or no longer", order=order_reference)
        )
        self.order_reference = order_reference
