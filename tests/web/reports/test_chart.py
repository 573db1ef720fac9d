"""The chart of decisions week by week: whole bars at a round scale, a gap for a week without any, named for who doesn't see it."""

from datetime import timedelta

from portal.claims.verbs import reviewing
from portal.database import transaction
from portal.money import Money
from portal.reports.decided import ReportLine
from portal.web.reports.chart import Bar, chart_of
from tests import factories
from tests.conftest import NOW


def line(key, approved, declined):
    return ReportLine(key, decided=approved + declined, approved=approved, declined=declined)


def test_the_bars_stand_on_a_round_scale_and_a_week_without_decisions_is_a_gap():
    chart = chart_of([line("2026-02-16", 6, 2), line("2026-03-02", 12, 0)])
    assert chart.scale == [(212, 0), (145.3, 5), (78.7, 10), (12.0, 15)]
    assert chart.bars == [
        Bar(65.4, 99.9, 80.0, 26.7, "2026-02-16"),
        Bar(208.1, 99.9, 0.0, 0.0, "2026-02-23"),
        Bar(350.7, 99.9, 160.0, 0.0, "2026-03-02"),
    ]


def test_a_year_of_weeks_is_named_where_there_is_room():
    chart = chart_of([line("2025-03-03", 1, 0), line("2026-03-02", 400, 30)])
    assert len(chart.bars) == 53
    assert sum(bool(bar.name) for bar in chart.bars) == 5
    assert [value for _, value in chart.scale] == [0, 100, 200, 300, 400, 500]


def test_the_page_shows_it_by_week_with_a_title_and_words_and_the_table_beside(visitor, lead):
    factories.account()
    for number, days in (1, 0), (2, 7):
        factories.order(reference=f"R-{number}", messages=[(NOW, "WhatsApp")])
        claim = factories.claim(order_reference=f"R-{number}", reason="wrong_code")
        with transaction():
            reviewing.approve(
                claim, amount=Money(40, "USD"), customer_text="", by=lead, seen=claim.version,
                at=NOW + timedelta(days=days, hours=1), policy=factories.policy(), override_reason="So.",
            )  # fmt: skip
    page = visitor.get("/review/reports?from=2026-03-02&to=2026-03-15&by=week")
    drawing = page.body[page.body.index("<figure>") : page.body.index("</figure>")]
    assert 'role="img" aria-labelledby="chart-title chart-text"' in drawing
    assert '<title id="chart-title">Decisions by week</title>' in drawing
    assert drawing.count("<rect") == 4
    assert [page.text(row)[:10] for row in page.one("tbody").iter("tr")][:2] == [
        "2026-03-02",
        "2026-03-09",
    ]
    person = visitor.get("/review/reports?from=2026-03-02&to=2026-03-15")
    assert "chart-title" not in person.body
