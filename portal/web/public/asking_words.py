"""The questions of the page "Can I get a refund?" as a customer reads them, by their names."""

from typing import Final

from portal.policy.facts.fact import Asked
from portal.policy.facts.table import ALL
from portal.translation import lazy_gettext as _

DO_NOT_KNOW: Final = _("I don't know")
_OF_FACTS = {asked.name: asked for fact in ALL for asked in (fact.asks, fact.asks_when) if asked}
_SEVERAL = Asked(
    "applies",
    _("Does any of this apply?"),
    _("Choose all that apply. If nothing does, just continue."),
    {name: asked.applies for name, asked in _OF_FACTS.items() if asked.applies},
)
WORDS: Final = _OF_FACTS | {_SEVERAL.name: _SEVERAL}
