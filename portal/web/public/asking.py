"""Can I get a refund? The policy asks what it needs to know; the answers live in the address only."""

from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, request, url_for

from portal.advice.asked import ASKED
from portal.advice.nearest_miss import said_of
from portal.advice.next_question import ForeseenVerdict
from portal.advice.questions import Question, QuestionKind
from portal.claims.payout.owing import expected_by
from portal.claims.wording import missing_words
from portal.policy.deciding.document import Policy
from portal.policy.facts.table import BALANCE_REASONS, BY_NAME, RECORDED
from portal.translation import sentence
from portal.web.frame.clock import now
from portal.web.frame.htmx import render
from portal.web.frame.shop import masthead, shop_policy
from portal.web.frame.verdict import shown_document
from portal.web.guards.limits import limited
from portal.web.public.answers import MOST_ROWS, UNKNOWN_CODE, Walk, answer_words, rows, walk
from portal.web.public.asking_words import DO_NOT_KNOW, WORDS

bp = Blueprint("asking", __name__)

# What every claim needs besides what its policy asks for.
_ALWAYS = ("claim.order_reference", "account.email")
_BLANK_ROWS = 2


@bp.get("/<shop>/can-i-get-a-refund")
@limited("120 per minute", methods=("GET",))
def ask(shop: str) -> Response:
    """The next question that can change the answer, or the answer; nothing is kept of either."""
    policy = shop_policy(shop)
    way = walk(policy, request.args, at=now())
    if isinstance(way.step, ForeseenVerdict):
        return _answered(policy, way, way.step)
    return _question(policy, way, way.step)


def _question(policy: Policy, way: Walk, question: Question) -> Response:
    given = [value for name, value in way.given if name == question.name]
    listed = list(rows(question.name, way.given)) if question.kind is QuestionKind.ROWS else []
    listed = [row for row in listed if row["at"] or row["amount"]]
    options = [(code, answer_words(question, code, policy)) for code in question.options]
    if (
        question.kind is QuestionKind.CHOICE and question.name != "reason"
    ):  # among those is "something else"
        options.append((UNKNOWN_CODE, DO_NOT_KNOW))
    hints = {each.code: each.hint for each in policy.shop.reasons if each.hint}
    return render(
        "public/ask.html",
        status=422 if way.error else 200,
        question=question,
        words=WORDS[question.name],
        options=options,
        hints=hints if question.name == "reason" else {},
        given=given,
        rows=(listed + [dict.fromkeys(("at", "amount"), "")] * _BLANK_ROWS)[:MOST_ROWS],
        **_frame(policy, way),
    )


def _answered(policy: Policy, way: Walk, verdict: ForeseenVerdict) -> Response:
    decision = verdict.decision
    denied = decision.outcome == "deny"
    balance = way.answers["claim.reason"] in BALANCE_REASONS
    needed = (*(_ALWAYS[1:] if balance else _ALWAYS), *verdict.prepare)
    by = expected_by(decision, policy=policy, at=now())
    return render(
        "public/answered.html",
        limit=by.astimezone(ZoneInfo(policy.shop.time_zone)) if by else None,
        verdict=shown_document(
            decision.as_json(), policy, automatic=decision.automatic, order=None
        ),
        nearest=said_of(verdict.case, policy) if denied else None,
        prepare=[] if denied else [missing_words(path) for path in dict.fromkeys(needed)],
        hangs_on=dict.fromkeys(filter(None, (_unsaid(name, way) for name in verdict.unknown))),
        begin=url_for("opening.begin", shop=policy.id, about="balance" if balance else None),
        **_frame(policy, way),
    )


def _unsaid(name: str, way: Walk) -> str | None:
    """What was not said: the question that was asked for it, or what of our records nobody is asked."""
    fact = BY_NAME[name]
    if name in way.asked or name in ASKED:
        return way.asked.get(name)
    return sentence(fact.noun) if fact.source in RECORDED and not fact.stands_on else None


def _frame(policy: Policy, way: Walk) -> dict[str, Any]:
    """What both pages show: the answers so far with how each is changed, and the way back."""
    here = url_for(".ask", shop=policy.id)

    def changing(name: str) -> str:
        given = way.given if not isinstance(way.step, ForeseenVerdict) else []
        return f"{here}?{urlencode([*way.kept, *given, ('change', name)])}"

    told = [(each.title, each.answer, changing(each.name)) for each in way.told]
    return {
        "shop": masthead(policy),
        "policy": policy,
        "here": here,
        "kept": way.kept,
        "error": way.error,
        "told": told,
        "back": told[-1][2] if told else url_for("shops.start", shop=policy.id),
    }
