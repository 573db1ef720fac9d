"""Is a shop well? Each thing that it needs, examined, with what to do where it isn't."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from urllib.parse import urlsplit

import urllib3
from sqlalchemy import func, select

from portal.children.shut_in import offered
from portal.config.outward import pool
from portal.config.pullers import PullerSetting
from portal.config.settings import settings
from portal.epoch import is_apart
from portal.extensions import db
from portal.health import beats
from portal.ledger.payout import Rail
from portal.ledger.rails import RailSetting, setting_of
from portal.mail.outbox import Sender
from portal.mail.smtp import SafeConnection, unsendable
from portal.money import Money
from portal.payouts.instructing import adapter_of
from portal.payouts.rails.rail import Became, Instruction
from portal.policy.deciding.document import Policy
from portal.records.models import RecordsRead
from portal.records.pulling.pulls import last_pull
from portal.sealed import SealError
from portal.shops.senders import NoAnswer, sender_records
from portal.translation import gettext, lazy_gettext as _, ngettext
from portal.webhooks.models import EndpointState
from portal.webhooks.setting import endpoints_of

# A claim is decided by what the records say: older, and orders are missing.
FRESH = timedelta(days=1)
APART = 5.0  # seconds by which a clock may differ: deadlines and signatures are held to it
PATIENCE = 5.0  # seconds


class Health(StrEnum):
    """How a thing is: well, not to be told from here, or ill."""

    WELL = "well"
    UNSURE = "unsure"
    ILL = "ill"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a shop needs: how it is, what was seen, and what to do where it isn't well."""

    name: str
    health: Health
    seen: str
    todo: str = ""


def examine(
    policy: Policy, *, clock: Callable[[], datetime], selector: str = ""
) -> Iterator[Finding]:
    """Everything that the shop needs, each examined when it is asked for; nothing is changed.

    ``clock`` is ours (UTC): it is read again beside each other one, since what comes before takes
    seconds. ``selector`` is that of its DKIM key, where it is to be looked for.
    """
    if is_apart():
        seen = gettext("it is a restored copy: nothing leaves it")
        yield Finding(gettext("database"), Health.ILL, seen, "flask --app wsgi restore reconcile")
    yield _policy(policy)
    yield _records(policy.id, at=clock())
    if upstream := settings().puller_of(policy.id):
        yield _upstream(upstream)
    yield _server(policy)
    yield _believed(policy, selector)
    rail = setting_of(policy.id, Rail.BALANCE)
    yield _balance(policy, rail)
    yield _webhooks(policy.id)
    yield _worker(at=clock())
    yield _files()
    yield _clock(rail, clock)


def _policy(policy: Policy) -> Finding:
    name = gettext("policy")
    if policy.held:
        todo = gettext("flask --app wsgi policy check %(shop)s", shop=policy.id)
        return Finding(name, Health.ILL, policy.held, todo)
    since = policy.current.in_force
    return Finding(name, Health.WELL, gettext("checked, in force since %(date)s", date=since))


def _records(shop: str, *, at: datetime) -> Finding:
    name = gettext("records")
    todo = gettext("push the orders that changed, or: flask --app wsgi records import %(shop)s FILE", shop=shop)  # fmt: skip
    read = db.session.scalar(select(RecordsRead.at).where(RecordsRead.shop == shop))
    if read is None:
        return Finding(name, Health.ILL, gettext("no order was ever taken in"), todo)
    seen = gettext("last taken in at %(time)s", time=f"{read:%Y-%m-%d %H:%M}Z")
    return Finding(name, Health.WELL if at - read <= FRESH else Health.ILL, seen, todo if at - read > FRESH else "")  # fmt: skip


def _upstream(setting: PullerSetting) -> Finding:
    """By what came of the last try: nothing is asked of it only to look."""
    name, last = gettext("upstream"), last_pull(setting)
    todo = gettext("flask --app wsgi records pull %(shop)s", shop=setting.shop)
    if last is None:
        return Finding(name, Health.UNSURE, gettext("nothing was pulled yet"), todo)
    came = last.pulled_at
    since = gettext("last pulled at %(time)s", time=f"{came:%Y-%m-%d %H:%M}Z") if came else gettext("nothing was pulled yet")  # fmt: skip
    if last.error:
        seen = ngettext(
            "%(error)s, at the last try; %(since)s",
            "%(error)s, at the last %(num)s tries; %(since)s",
            last.failures,
            error=last.error,
            since=since,
        )
        return Finding(name, Health.ILL, seen, todo)
    return Finding(name, Health.WELL, since)


def _server(policy: Policy) -> Finding:
    name = gettext("mail server")
    if reason := unsendable(Sender(policy.shop.sender.name, policy.shop.sender.email)):
        return Finding(name, Health.ILL, reason, gettext("mend sender in the policy file"))
    if not settings().mail_server:
        seen = gettext("none is set: mails stay in the mailbox page")
        return Finding(name, Health.UNSURE, seen, gettext("set MAIL_SERVER"))
    try:
        SafeConnection().close()
    except OSError as error:
        seen = gettext("%(server)s: %(error)s", server=settings().mail_server, error=error)
        return Finding(name, Health.ILL, seen, gettext("mend MAIL_SERVER and what belongs to it"))
    return Finding(name, Health.WELL, gettext("%(server)s answers", server=settings().mail_server))


def _believed(policy: Policy, selector: str) -> Finding:
    name, domain = gettext("sender's domain"), policy.shop.sender.email.rpartition("@")[2]
    try:
        found = sender_records(domain, selector=selector)
    except NoAnswer as error:
        return Finding(name, Health.UNSURE, gettext("DNS does not answer: %(why)s", why=error))
    lacking = [word for word, record in (("SPF", found.spf), ("DMARC", found.dmarc), ("DKIM", found.dkim)) if record == ""]  # fmt: skip
    if lacking:
        seen = gettext("%(domain)s has no %(records)s", domain=domain, records=", ".join(lacking))
        todo = gettext("have them written into its DNS, or mails of the shop end up as spam")
        return Finding(name, Health.ILL, seen, todo)
    if found.dkim is None:
        seen = gettext("%(domain)s has SPF and DMARC; DKIM was not looked for", domain=domain)
        return Finding(name, Health.WELL, seen, gettext("name its selector by --dkim"))
    return Finding(name, Health.WELL, gettext("%(domain)s has SPF, DKIM and DMARC", domain=domain))


def _balance(policy: Policy, rail: RailSetting | None) -> Finding:
    name = gettext("balance call")
    if rail is None:
        seen = gettext("none is set: refunds to the balance wait for a person")
        todo = gettext("flask --app wsgi rails set %(shop)s balance --url ADDRESS", shop=policy.id)
        return Finding(name, Health.UNSURE, seen, todo)
    nobody = Instruction(
        key="0" * 26,
        claim="0000-0000",
        shop=policy.id,
        shop_name=policy.shop.name,
        amount=Money(0, policy.shop.currency),
        email="",
    )
    try:
        answer = adapter_of(rail).look_up(nobody)
    except SealError:
        seen = gettext("its secret was sealed with a key that SEAL_KEYS has no more")
        return Finding(name, Health.ILL, seen, gettext("put the key back, or set the call anew"))
    if answer.became is Became.MISSING:
        return Finding(name, Health.WELL, gettext("it answers: no credit of a key it never had"))
    seen = gettext("asked for a credit it never had it said %(became)s %(why)s", became=answer.became, why=answer.detail)  # fmt: skip
    todo = gettext("have it answer 404 there, to calls that are signed by its secret (docs/rails/balance.md)")  # fmt: skip
    return Finding(name, Health.ILL, seen, todo)


def _webhooks(shop: str) -> Finding:
    """By what each address said last: an event is never sent only to look."""
    name, called = gettext("webhooks"), endpoints_of(shop)
    if not called:
        todo = gettext("flask --app wsgi webhooks add %(shop)s ADDRESS", shop=shop)
        return Finding(name, Health.UNSURE, gettext("none is set: nothing is called"), todo)
    silent = [
        each for each in called if each.state is not EndpointState.ACTIVE or each.failing_since
    ]
    if silent:
        seen = gettext("%(url)s is stopped, or takes nothing", url=silent[0].url.partition("?")[0])
        todo = gettext("flask --app wsgi webhooks log %(id)s, then resume it", id=silent[0].key)
        return Finding(name, Health.ILL, seen, todo)
    return Finding(name, Health.WELL, gettext("none of them fails"))


def _worker(*, at: datetime) -> Finding:
    name, seen = gettext("worker"), beats.last_seen()
    if beats.is_late(at=at):
        said = gettext("last seen at %(time)s", time=f"{seen:%Y-%m-%d %H:%M}Z") if seen else gettext("never seen")  # fmt: skip
        return Finding(name, Health.ILL, said, gettext("start one: flask --app wsgi worker"))
    return Finding(name, Health.WELL, gettext("there"))


def _files() -> Finding:
    name = gettext("files of strangers")
    if offered():
        seen = gettext("each is opened in a process that is shut in")
        return Finding(name, Health.WELL, seen)
    seen = gettext("no process can be shut in here: only PNG, JPEG and WebP pictures are taken")
    todo = gettext("run on Linux 5.13 or newer, with Landlock, seccomp and the library libseccomp")
    return Finding(name, Health.UNSURE, seen, todo)


def _clock(rail: RailSetting | None, clock: Callable[[], datetime]) -> Finding:
    """Ours beside others': the database's, where it is another machine's, and that of the balance call."""
    name, others = gettext("clock"), list(_other_clocks(rail, clock))
    if not others:
        seen = gettext("no other clock is near to hold it to")
        return Finding(name, Health.UNSURE, seen, gettext("see that the machine keeps time (NTP)"))
    place, apart = max(others, key=lambda each: abs(each[1]))
    seen = gettext("%(seconds)s s apart from %(place)s", seconds=f"{apart:+.0f}", place=place)
    if abs(apart) > APART:
        return Finding(name, Health.ILL, seen, gettext("set the clocks by NTP"))
    return Finding(name, Health.WELL, seen)


def _other_clocks(
    rail: RailSetting | None, clock: Callable[[], datetime]
) -> Iterator[tuple[str, float]]:
    """Each other clock: whose it is, and by how many seconds ours is ahead of it."""
    if db.engine.dialect.name == "postgresql":
        theirs = db.session.scalar(select(func.clock_timestamp()))
        if theirs is not None:
            yield gettext("the database"), (clock() - theirs).total_seconds()
    if rail and rail.url:
        calls = pool(timeout=PATIENCE, inward=settings().calls_here(rail.url))
        try:
            answer = calls.request("HEAD", rail.url, redirect=False)
            theirs = parsedate_to_datetime(answer.headers["Date"])
            yield urlsplit(rail.url).netloc, (clock() - theirs).total_seconds()
        except (urllib3.exceptions.HTTPError, KeyError, ValueError, TypeError):
            return
        finally:
            calls.clear()


# The words of each state as they are printed.
HEALTH_WORDS = {Health.WELL: _("well"), Health.UNSURE: _("not known"), Health.ILL: _("NOT WELL")}
