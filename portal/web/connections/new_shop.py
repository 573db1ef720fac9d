"""A shop of one's own, in the browser: the same as ``shop new``, for an admin."""

from flask import Blueprint, current_app, flash, url_for
from werkzeug.wrappers import Response
from wtforms import Field
from wtforms.validators import StopValidation

from portal.audit import log as audit
from portal.audit.log import StaffAct
from portal.config.settings import settings
from portal.database import transaction
from portal.people.rights import EVERY_SHOP, Task
from portal.policy.file.values import ID
from portal.shops.opening import ShopRefused, examples, open_shop, usual_sender
from portal.shops.template import OwnShop, initials, told
from portal.translation import gettext, lazy_gettext as _
from portal.versions.registry import policies
from portal.web.frame.clock import now
from portal.web.frame.fields import Choice, PageForm, words
from portal.web.frame.htmx import go, render
from portal.web.frame.shop import own_addresses
from portal.web.guards import limits, staff

bp = Blueprint("new_shop", __name__, url_prefix="/review/shops")
bp.before_request(staff.reviewers_only)
bp.before_request(staff.those_who(Task.CONNECT))


class NewShopForm(PageForm):
    """What of a shop is its own when it begins; the field names are OwnShop's."""

    name = words(_("Name"), empty=_("Enter the name as customers know the shop"), length=80)
    id = words(_("Short name"), empty=_("Enter the short name, such as pigeon"), length=40)
    currency = words(_("Currency"), empty=_("Enter the currency, such as EUR"), length=5)
    time_zone = words(_("Time zone"), empty=_("Enter the time zone, such as Europe/Berlin"), length=60)  # fmt: skip
    prefix = words(_("Before the numbers of its clauses"), empty=None, length=6)
    email = words(_("Sender of its e-mails"), empty=None, length=254)
    example = Choice(
        _("Begin with the policy of"),
        choices=[(name, name) for name in examples()],
        empty=_("Choose the policy to begin with"),
    )

    def validate_id(self, field: Field) -> None:
        """Refuse what the language refuses, beside the field."""
        if not ID.fullmatch(field.data):
            raise StopValidation(
                gettext("Use small letters, digits and - alone, a letter or digit first")
            )

    def own(self) -> OwnShop:
        """The shop that was described; what was left out is as the command has it."""
        said = {name: self[name].data or "" for name in ("id", "name", "currency", "time_zone")}
        said["currency"] = said["currency"].upper()
        prefix = (self.prefix.data or initials(said["name"])).upper()
        return OwnShop(**said, prefix=prefix, email=self.email.data or usual_sender(said["id"]))


@bp.route("/new", methods=["GET", "POST"])
def write() -> Response:
    """Write the policy of a new shop, checked as any draft is, behind a fresh code; it begins at once.

    For the admins of every shop: that of one shop is none of another.
    """
    staff.me().demand(Task.CONNECT, EVERY_SHOP)
    if asked := staff.fresh_factor(url_for(".write")):
        return asked
    form = NewShopForm(time_zone="UTC")
    if form.validate_on_submit():
        limits.spend("20 per hour", "new shops", staff.me().email)
        own = form.own()
        try:
            open_shop(
                own,
                example=form.example.data,
                folder=settings().own_shops,
                checks=settings().checks_folder,
                taken={*policies(), *own_addresses(current_app.url_map)},
                at=now(),
            )
        except ShopRefused as refused:
            beside = form[refused.field].errors if refused.field else form.form_errors
            beside[:] = [str(refused)]
        else:
            return _opened(own)
    return render(
        "connections/new_shop.html",
        form=form,
        told={name: told(path.read_text(encoding="utf-8")) for name, path in examples().items()},
        named=settings().shops,
        me=staff.me(),
    )


def _opened(own: OwnShop) -> Response:
    """Keep who began it, and say what was written and whether it runs."""
    with transaction():
        audit.note(StaffAct.BEGIN_SHOP, at=now(), by=staff.me().id, shop=own.id)
    policies().renew()
    said = gettext(
        "%(shop)s has its policy: checked as any draft is, nothing to mend. Its clauses are %(prefix)s-…, its e-mails come from %(email)s.",
        shop=own.name,
        prefix=own.prefix,
        email=own.email,
    )
    flash(said, "success")
    if own.id not in policies():
        flash(
            gettext(
                "It doesn't run yet: add %(shop)s to SHOPS and start the portal again.", shop=own.id
            ),
            "warning",
        )
    return go(url_for("versions.index"))
