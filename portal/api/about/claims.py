"""Calls about claims: decide a case, file one for a customer, read what became of it."""

from typing import Any

from flask import Response
from sqlalchemy import ColumnElement, Select, select, tuple_, union_all
from sqlalchemy.orm import selectinload

from portal.api import lists
from portal.api.about.given import account_given, answers_given, payee_given
from portal.api.calls import Caller, call
from portal.api.problems import Reply, ToMend, invalid, not_found
from portal.api.shapes.claims import (
    CaseAsked,
    ClaimAnswer,
    ClaimFiled,
    ClaimsList,
    ClaimsQuery,
    DecisionAnswer,
    WholeCase,
)
from portal.api.shown import claim_shown
from portal.api.tokens import TokenScope
from portal.claims.decisions.returned import facts_with, returns_of_order
from portal.claims.lifecycle import Status
from portal.claims.models import Claim
from portal.claims.queries import claim_page
from portal.claims.verbs.filing import order_key
from portal.claims.verbs.on_behalf import file_vouched
from portal.config.clock import now
from portal.email_addresses import email_key
from portal.extensions import db
from portal.policy.deciding.case import parse
from portal.policy.deciding.decision import as_plain
from portal.policy.deciding.document import Policy
from portal.policy.deciding.engine import decide
from portal.policy.facts.table import BALANCE_REASONS
from portal.policy.language.json_values import CaseError
from portal.records.queries import facts_for_balance, facts_for_order, order_of_anybody


@call(
    "POST", "/shops/<shop>/decide", scope=TokenScope.CLAIMS, answer=DecisionAnswer, tag="Claims",
    body=CaseAsked, changes=False,
)  # fmt: skip
def decide_case(caller: Caller, body: CaseAsked) -> Reply:
    """Decide a case by the shop's policy; nothing is stored.

    `claim` is a case's part of that name, held against what the records say of the order; `case` is a
    whole case, in which they are not asked. docs/case-and-decision.md has both.
    """
    if body.case is None:
        return _decided(_case(caller, body), caller.policy)
    try:
        return _decided(body.case, caller.policy)
    except CaseError as error:
        raise CaseError(f"case.{error.field}".replace("case.case", "case"), error.reason) from None


@call(
    "POST", "/policies/<shop>/decide", scope=None, answer=DecisionAnswer, tag="Claims",
    body=WholeCase, changes=False,
)  # fmt: skip
def decide_whole_case(caller: Caller, body: WholeCase) -> Reply:
    """Decide a whole case by the shop's policy, as `policy decide` does; nothing is stored.

    The body is the case (docs/case-and-decision.md); neither the records nor the claims are asked.
    """
    return _decided(body.root, caller.policy)


def _decided(case: dict[str, Any], policy: Policy) -> Reply:
    return Reply(decide(parse(case, policy.shop.currencies), policy).as_json())


def _case(caller: Caller, body: CaseAsked) -> dict[str, Any]:
    """The case of a claim that is not filed, by what the records and the portal know of its order."""
    at = now()
    facts: dict[str, Any] = {}
    said = dict(body.claim or {})
    reference = body.order_reference or said.get("order_reference")
    account = account_given(body.account) if body.account else None
    reason = said.get("reason")
    if isinstance(reason, str) and reason in BALANCE_REASONS and account:
        facts = facts_for_balance(caller.shop, *account) or {}
    elif isinstance(reference, str) and (order := order_of_anybody(caller.shop, reference)):
        logs = facts_for_order(order)
        facts = facts_with(logs, returns_of_order(order, logs))
    if reference is not None:
        said["order_reference"] = reference
    return {"now": as_plain(at)} | facts | {"claim": {"submitted_at": as_plain(at)} | said}


@call(
    "POST", "/shops/<shop>/claims", scope=TokenScope.CLAIMS, answer=ClaimAnswer, tag="Claims",
    status=201, body=ClaimFiled,
)  # fmt: skip
def file_claim(caller: Caller, body: ClaimFiled) -> Response:
    """File and send a claim for a customer of the shop, for whom the token vouches.

    It is decided at once. What it lacks is in `missing`, and is given by `answers` and `evidence`. A
    second open claim about the order is 409 `already-open`, with the first one's `reference`.
    """
    account = account_given(body.account)
    balance = body.reason in BALANCE_REASONS
    if not balance and not order_key(body.order_reference or ""):
        raise invalid([ToMend("/order_reference", "write the order's number")])
    said, payee = answers_given(body, caller.policy), payee_given(body)
    said["reason"] = body.reason

    def act() -> Reply:
        claim = file_vouched(
            account=account,
            order_reference="" if balance else body.order_reference or "",
            payee=payee,
            policy=caller.policy,
            at=now(),
            **said,
        )
        return Reply(claim_shown(claim), 201)

    return caller.change(act)


@call(
    "GET", "/shops/<shop>/claims", scope=TokenScope.CLAIMS, answer=ClaimsList, tag="Claims",
    query=ClaimsQuery,
)  # fmt: skip
def list_claims(caller: Caller, query: ClaimsQuery) -> Reply:
    """The shop's claims in the order in which they began; with `updated_after`, in which they changed."""
    found = _claims().where(*_wanted(caller.shop, query))
    if query.updated_after is None:
        behind = lists.position(query, lists.number)
        order: tuple[Any, ...] = (Claim.id,)
        if behind is not None:
            found = found.where(Claim.id > behind)
    else:
        changed = lists.position(query, lists.dated)
        order = (Claim.moved_at, Claim.id)
        if changed is not None:
            found = found.where(tuple_(*order) > tuple_(*changed))
    rows = db.session.scalars(found.order_by(*order).limit(query.limit + 1)).unique().all()
    moved = query.updated_after is not None
    return lists.page(
        rows,
        query,
        shown=claim_shown,
        key=lambda claim: [as_plain(claim.moved_at), claim.id] if moved else [claim.id],
    )


def _claims() -> Select[Claim]:
    """Claims with all that is shown of them, in a few statements however many they are."""
    parts = (Claim.decisions, Claim.rulings, Claim.payouts, Claim.evidence, Claim.events)
    return select(Claim).options(*map(selectinload, parts))


def _wanted(shop: str, query: ClaimsQuery) -> list[ColumnElement[bool]]:
    wanted = [Claim.shop == shop, Claim.status != Status.DRAFT]
    if query.status is not None:
        wanted.append(Claim.status == query.status)
    if query.order_reference is not None:
        wanted.append(Claim.order_key == order_key(query.order_reference))
    if query.account is not None:
        named = Claim.email == email_key(query.account), Claim.account_id == query.account
        of = (select(Claim.id).where(Claim.shop == shop, each) for each in named)
        wanted.append(Claim.id.in_(union_all(*of)))
    if query.updated_after is not None:
        wanted.append(Claim.moved_at > query.updated_after)
    return wanted


@call("GET", "/claims/<reference>", scope=TokenScope.CLAIMS, answer=ClaimAnswer, tag="Claims")
def read_claim(caller: Caller, reference: str) -> Reply:  # noqa: ARG001 - let in by the call
    """A claim: where it stands, what was decided, what is missing, and what was paid."""
    claim = claim_page(reference)
    if claim is None:
        raise not_found()
    return Reply(claim_shown(claim))
