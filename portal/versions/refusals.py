"""What a verb about a policy version refuses, in words for a person; HTTP is given in web/errors.py."""

from portal.translation import gettext


class TextRefused(Exception):
    """The text can't be a draft of this shop's policy; the message says where and why."""


class DraftHasMoved(Exception):
    """The draft's text changed since the person looked at it; nothing was done."""


class DraftIsOpen(Exception):
    """The shop has a draft already; ``draft_id`` is its id."""

    def __init__(self, draft_id: int) -> None:
        super().__init__(gettext("This shop has a draft already. Publish it or discard it first."))
        self.draft_id = draft_id


class ShopNotLoaded(KeyError):
    """No policy of this shop is loaded: its file is not among those that this portal reads."""

    def __init__(self, shop: str) -> None:
        super().__init__(shop)
        self.shop = shop


class PolicyHasMoved(Exception):
    """A version of ``shop`` took effect that this process had not read; nothing was done.

    Whoever answers for it reads what was published (``policies().renew()``), then it can be tried again.
    """

    def __init__(self, shop: str) -> None:
        super().__init__(gettext("The shop's policy changed a moment ago."))
        self.shop = shop


class NotWithdrawable(Exception):
    """The version stays as it was published; the message says why and what to do."""


class NotPublishable(Exception):
    """Something is still missing; ``reasons`` are sentences, each saying what to do."""

    def __init__(self, reasons: tuple[str, ...]) -> None:
        super().__init__(" ".join(reasons))
        self.reasons = reasons
