"""The modules whose mutants are asked about, the tests that reach each, and which mutants mean the same."""

from tests.mutation.results import name

_DECIDING = "tests/policy/deciding"
_DECIDED = tuple(
    f"{_DECIDING}/test_{each}.py"
    for each in (
        "steps",
        "later",
        "completions",
        "case",
        "clocks",
        "alike",
        "less_fee",
        "scenarios",
    )
)
_BELOW_A_CENT = f"{_DECIDING}/test_prices_below_a_cent.py"
_LEDGER = (
    "tests/ledger/test_payout.py",
    "tests/ledger/test_histories.py",
    "tests/ledger/test_reports.py",
)
_PAYOUTS = tuple(
    f"tests/payouts/test_{each}.py"
    for each in (
        "appealed",
        "paying",
        "reversing",
        "runs",
        "sending",
        "somebody_elses",
        "verifying",
    )
)
_LET_GO = ("tests/payouts/releasing", "tests/claims/payout/test_second_person.py")
_GUARDS = ("tests/web/guards", "tests/web/test_access.py")

# Each module, and the folders or files of the tests that are asked.
MODULES = {
    "portal/money.py": ("tests/money", _BELOW_A_CENT),
    "portal/people/rights.py": ("tests/people",),
    "portal/people/granting.py": ("tests/people",),
    "portal/policy/deciding/amounts.py": (f"{_DECIDING}/test_amounts.py", _BELOW_A_CENT),
    "portal/policy/deciding/balance.py": (f"{_DECIDING}/test_balance.py", _BELOW_A_CENT),
    "portal/policy/deciding/later.py": (
        f"{_DECIDING}/test_later.py",
        f"{_DECIDING}/test_clocks.py",
    ),
    **{
        f"portal/policy/deciding/{each}.py": _DECIDED
        for each in ("plan", "weighing", "steps", "engine", "completions", "case", "decision")
    },
    **{
        f"portal/ledger/{each}.py": (*_LEDGER, *_PAYOUTS)
        for each in ("entries", "payout", "rails", "runs")
    },
    "portal/ledger/replacement.py": ("tests/claims/verbs/test_replacing.py",),
    **{
        f"portal/payouts/{each}.py": (*_PAYOUTS, *_LET_GO)
        for each in ("paying", "rechecking", "releasing", "reversing", "runs", "sending")
    },
    **{
        f"portal/web/guards/{each}.py": _GUARDS
        for each in ("access", "declared", "proved", "sessions", "staff")
    },
}

# What no test can tell, each with its reason: by the line that is changed, and how.
_DECIMALS = "_MOST_DECIMALS = 40  # more than any sum of what is read here has"
_AGREED = "return values[0] if all(value == values[0] for value in values) else UNKNOWN"
_ANY = "all are the same there; where they are not, that is so whichever one they are compared with"
_FOR_TYPES = "never reached: it tells the type checker what was turned away before"
ALIKE = {
    "portal/money.py": {
        f"{_DECIMALS} | 40 becomes {each}": "any bound does that no sum reaches"
        for each in (39, 41)
    },
    "portal/policy/deciding/amounts.py": {
        "return (paid - fee if fee < paid else Money(0, paid.currency)).rounded() | Lt becomes LtE": "all of it less all of it is nothing, too",
    },
    "portal/policy/deciding/balance.py": {
        "if isinstance(asked, Money) and asked.currency == amounts[0].currency: | 0 becomes -1": _ANY,
        "return Money(left, amounts[0].currency).rounded() | 0 becomes -1": _ANY,
        f"{_AGREED} | 0 becomes -1": _ANY,
        f"{_AGREED} | 0 becomes -1 (2)": _ANY,
        'raise TypeError("rows without an amount are turned away before") | removed': _FOR_TYPES,
        'raise TypeError("rows without a time are turned away before") | removed': _FOR_TYPES,
    },
}


def left_out(module, found):
    """Those of the changes that mean the same."""
    return [each for each in found if name(each) in ALIKE.get(module, {})]
