"""What a rail is told of a payout, and the rail itself as the shop has set it."""

import time

from portal.claims.decisions.casefile import charge_of
from portal.claims.lifecycle import Action
from portal.claims.models import Claim
from portal.claims.payout.payee import keyring, payee_of
from portal.config.settings import settings
from portal.ledger.payout import Payout, Rail
from portal.ledger.rails import RailSetting, setting_of
from portal.ledger.runs import PayoutRun
from portal.money import Money
from portal.payouts.rails.balance import BalanceRail
from portal.payouts.rails.massfile import OTHER, MassFile
from portal.payouts.rails.original import OriginalRail
from portal.payouts.rails.rail import FileRail, Instruction, RailAdapter, RailRefused
from portal.payouts.rails.sepa import Debtor, SepaRail
from portal.policy.deciding.document import Policy
from portal.translation import gettext

# A refusal that was told: what is sent after it is another call.
_REFUSED = frozenset({Action.BOUNCE, Action.MARK_FAILED})


def instruct(claim: Claim, payout: Payout, policy: Policy) -> Instruction:
    """The payout as its rail is told of it: what arrives, to whom, under which key.

    The details of the payee are opened for it. Raises ValueError where no money is owed, SealError
    where the details can't be opened.
    """
    if payout.amount_minor is None or payout.currency is None:
        raise ValueError(f"nothing is owed by {payout.key}")
    amount = Money(payout.amount_minor - payout.fee_minor, payout.currency)
    back = payout.rail is Rail.ORIGINAL  # the others need neither the charge nor the round
    return Instruction(
        key=payout.key,
        claim=claim.reference,
        shop=claim.shop,
        shop_name=policy.shop.name,
        amount=amount,
        email=claim.email or "",
        order_reference=claim.order_reference,
        account_id=claim.account_id,
        payee=payee_of(claim) if payout.destination == "payout" else None,
        charge=_charge(claim, payout, amount) if back else None,
        attempt=max(payout.attempts, 1),
        round=1 + sum(event.action in _REFUSED for event in claim.events) if back else 1,
    )


def _charge(claim: Claim, payout: Payout, amount: Money) -> str | None:
    """The charge that was tried first, though the records name a newer one: there it is looked up."""
    payout.charge = payout.charge or charge_of(claim, amount=amount)
    return payout.charge


def adapter_of(setting: RailSetting) -> RailAdapter:
    """The rail as the shop has set it, its secret opened. Raises RailRefused for one by hand."""
    if setting.rail is Rail.SEPA:
        return SepaRail(debtor_of(setting), run="", at=setting.set_at)
    if setting.rail is Rail.MASSFILE:
        return MassFile(OTHER)
    secret = opened_secret(setting)
    if setting.rail is Rail.BALANCE:
        url = setting.url or ""
        return BalanceRail(url, secret, time.time, inward=settings().calls_here(url))
    if setting.rail is Rail.ORIGINAL:
        return OriginalRail(secret, setting.url or "")
    raise RailRefused(gettext("%(rail)s takes no calls", rail=setting.rail))


def debtor_of(setting: RailSetting) -> Debtor:
    """The shop's account that pays by SEPA."""
    return Debtor(*(str(setting.options.get(name, "")) for name in ("name", "iban", "bic")))


def rail_of(run: PayoutRun) -> FileRail:
    """The rail of the run's file. Raises RailRefused where the shop hasn't set it (any more)."""
    if run.rail is not Rail.SEPA:
        return MassFile(run.kind or OTHER)
    setting = setting_of(run.shop, run.rail)
    if setting is None:
        raise RailRefused(
            gettext("%(shop)s pays by no rail %(rail)s", shop=run.shop, rail=run.rail)
        )
    return SepaRail(debtor_of(setting), run.key, run.released_at or run.made_at, run.currency)


def opened_secret(setting: RailSetting) -> str:
    """The rail's secret in clear; empty where it has none. Raises SealError."""
    if setting.secret_sealed is None:
        return ""
    bound = bound_to(setting.shop, setting.rail)
    return keyring().open_sealed(setting.secret_sealed, bound_to=bound).decode()


def bound_to(shop: str, rail: Rail) -> str:
    """What a rail's secret is sealed to: its row."""
    return f"rail_secret:{shop}/{rail}"
