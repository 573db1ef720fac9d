"""The form on one's own account: which mails one gets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_wtf import FlaskForm
from wtforms import SelectMultipleField

from portal.people.reviewers import News, Role
from portal.translation import lazy_gettext

if TYPE_CHECKING:
    from portal.people.reviewers import Reviewer

WORDS = {
    News.APPEAL: lazy_gettext("An appeal waits for a decision"),
    News.OVERDUE: lazy_gettext("Claims are past their date: once a day at most"),
    News.VERSION: lazy_gettext("A version of a policy waits to be published"),
}


class NewsForm(FlaskForm):  # type: ignore[misc]
    """What the person is told by e-mail."""

    news = SelectMultipleField(lazy_gettext("Mails you get"))


def news_form(person: Reviewer) -> NewsForm:
    """The choices open to this person; only admins publish versions."""
    form = NewsForm(data={"news": person.told_of})
    form.news.choices = [
        (str(each), words)
        for each, words in WORDS.items()
        if each is not News.VERSION or person.role is Role.ADMIN
    ]
    return form
