"""The table of rights: what an admin sees of a person's, and where they give and take them."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from portal.people import granting
from portal.people.granting import RightChange
from portal.people.reviewers import Reviewer
from portal.people.rights import EVERY_SHOP, Right, Shops, Task
from portal.translation import gettext, lazy_gettext as _
from portal.versions.registry import policies
from portal.web.guards import staff

RIGHTS = {
    Right.REVIEWER: (_("Reviewer"), _("sees claims, decides them and reads the policy.")),
    Right.PAYER: (_("Payer"), _("sees claims and payout details, pays, and lets go what is held.")),
    Right.LEAD: (
        _("Lead"),
        _("does what a reviewer does, takes back what was decided, lets go what is held as the second person, and keeps the policy."),
    ),
    Right.ADMIN: (_("Admin"), _("keeps people, rails and connections; in every shop, also begins shops.")),
}  # fmt: skip


def rows_for(who: Reviewer | None = None) -> dict[str, str]:
    """Where this admin gives and takes rights, by name: every shop first, for who is an admin of all.

    A shop that runs no more is among them where ``who`` holds a right in it, so that it can be taken.
    """
    mine = staff.visible(Task.RUN_TEAM)
    shops = {EVERY_SHOP: shop_words(EVERY_SHOP)} if mine.named is None else {}
    shops |= {shop: shop_words(shop) for shop in staff.shops(Task.RUN_TEAM)}
    held = [each.shop for each in who.held] if who else []
    return shops | {shop: shop_words(shop) for shop in held if shop in mine}


def table(rows: Mapping[str, str]) -> dict[str, Any]:
    """What the table is drawn of."""
    return {"rows": rows, "rights": RIGHTS, "ticked": ticked}


def ticks_of(who: Reviewer, rows: Iterable[str]) -> list[str]:
    """The boxes of these rows that the person's rights tick."""
    return [ticked(each.shop, each.what) for each in who.held if each.shop in rows]


def ticked(shop: str, right: Right) -> str:
    """A right as it stands in the form."""
    return f"{shop}:{right}"


def unticked(text: str) -> tuple[str, Right]:
    """The right of a box."""
    shop, _, right = text.partition(":")
    return shop, Right(right)


def held_in(shops: Shops, person: Reviewer) -> list[tuple[str, str, list[str]]]:
    """What the person may, in every shop and in these: the shop, its name, the rights in words."""
    found = dict[str, list[str]]()
    for each in person.held:
        if each.shop == EVERY_SHOP or each.shop in shops:
            found.setdefault(each.shop, []).append(str(RIGHTS[each.what][0]))
    return [(shop, shop_words(shop), names) for shop, names in found.items()]


def changes_told(who: Reviewer) -> list[tuple[datetime, str]]:
    """What was given to the person and taken in the shops of this admin: when, and in words."""
    found = granting.changes_of_rights(who, shops=staff.visible(Task.RUN_TEAM))
    return [(each.at, _told(each)) for each in found]


def shop_words(shop: str) -> str:
    """The shop's name; of one that runs no more, its id."""
    if shop == EVERY_SHOP:
        return gettext("Every shop")
    known = policies().get(shop)
    return known.shop.name if known else shop


def _told(change: RightChange) -> str:
    said = {
        "right": RIGHTS[change.what][0],
        "shop": shop_words(change.shop),
        "who": change.by.name if change.by else gettext("the command line"),
    }
    if change.given:
        return gettext("%(right)s, %(shop)s: given by %(who)s", **said)
    return gettext("%(right)s, %(shop)s: taken by %(who)s", **said)
