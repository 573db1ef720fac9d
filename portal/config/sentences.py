"""The sentences of templates: ``_("…")`` and ``{% trans %}``, in the language in force."""

from jinja2 import Environment, pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup

from portal.translation import gettext, ngettext


@pass_eval_context
def _said(how: EvalContext, message: str, **named: object) -> str:
    """The sentence as its template writes text: ``%(name)s`` are its parts, ``%%`` is a ``%``.

    Jinja's own looks the words up by a call of the template's, with a context made anew for it
    behind every ``{% set %}``: a page has fifty sentences.
    """
    said = gettext(message)
    return (Markup(said) if how.autoescape else said) % named  # noqa: S704 - the catalogue's words  # nosec B704


def serve(environment: Environment) -> None:
    """Give a Jinja environment its sentences."""
    environment.add_extension("jinja2.ext.i18n")
    environment.policies["ext.i18n.trimmed"] = True
    environment.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]
    environment.globals["_"] = environment.globals["gettext"] = _said
