"""What the business brings in: on a page with pictures and tables, and as a file."""

from __future__ import annotations

import csv
from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from signalcast.core import clock
from signalcast.core.money import told, units
from signalcast.plans.states import SubscriptionState
from signalcast.portal.access import OBSERVERS, roles_required
from signalcast.portal.draw_months import Bars, Drawn, draw_months
from signalcast.portal.revenue import Month, Revenue, monthly
from signalcast.portal.revenue import revenue as figures

State = SubscriptionState
#: States that are told beside what recurs.
SHOWN = (State.ACTIVE, State.TRIALING, State.PAST_DUE, State.GRACE, State.PENDING)
COLUMNS = (
    *("month", "currency", "mrr", "subscriptions", "new", "expansion", "contraction", "lost"),
    *("subscriptions_new", "subscriptions_lost", "customer_churn_percent", "money_churn_percent"),
    *("trials_begun", "trials_converted", "paid", "paid_back", "disputed", "tax", "left"),
)


@require_GET
@roles_required(*OBSERVERS)
def revenue(request: HttpRequest) -> HttpResponse:
    """Twelve months of every currency, side by side and never added."""
    rows = [_shown(one) for one in figures(clock.now())]
    return render(request, "plans/revenue.html", {"rows": rows})


@require_GET
@roles_required(*OBSERVERS)
def revenue_file(request: HttpRequest) -> HttpResponse:
    """The same months as CSV: amounts in the currency's own units, with a point."""
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="revenue.csv"'
    lines = csv.writer(answer)
    lines.writerow(COLUMNS)
    for one in figures(clock.now()):
        for month in one.months:
            lines.writerow(_line(one.currency, month))
    return answer


def _line(currency: str, month: Month) -> list[object]:
    cash = month.cash
    changes = (month.new, month.up, month.down, month.lost)
    churns = (month.customer_churn, month.money_churn)
    return [
        f"{month.first:%Y-%m}",
        currency,
        units(monthly(month.yearly), currency),
        month.subscriptions,
        *(units(monthly(change), currency) for change in changes),
        month.subscriptions_new,
        month.subscriptions_lost,
        *("" if churn is None else f"{churn:.2f}" for churn in churns),
        month.trials,
        month.converted,
        *(
            units(amount, currency)
            for amount in (cash.paid, cash.back, cash.disputed, cash.tax, cash.left)
        ),
    ]


def _shown(one: Revenue) -> dict[str, object]:
    """A currency in words."""

    def recurring(yearly: int) -> str:
        return money(monthly(yearly))

    def money(amount: int) -> str:
        # Tables say the currency once, above.
        return told(amount, one.currency).removesuffix(one.currency).strip()

    return {
        "currency": one.currency,
        "mrr": told(monthly(one.now.yearly), one.currency),
        "now": one.now,
        "states": [(state.label, one.states[state]) for state in SHOWN],
        "charts": _charts(one),
        "months": [
            {
                "month": month,
                "mrr": recurring(month.yearly),
                "changes": [
                    recurring(change) for change in (month.new, month.up, month.down, month.lost)
                ],
                "cash": [
                    money(amount)
                    for amount in (
                        *(month.cash.paid, month.cash.back, month.cash.disputed),
                        *(month.cash.tax, month.cash.left),
                    )
                ],
            }
            for month in reversed(one.months)
        ],
        "plans": [
            (plan, recurring(plan.yearly), [(state.label, plan.states[state]) for state in SHOWN])
            for plan in one.plans
        ],
    }


def _charts(one: Revenue) -> Sequence[Drawn]:
    names = [f"{month.first:%Y-%m}" for month in one.months]
    months = one.months

    def recurring(yearly: int) -> str:
        return told(monthly(yearly), one.currency)

    return (
        draw_months(
            _("Monthly recurring revenue"),
            names,
            [Bars("one", _("MRR"), [month.yearly for month in months])],
            recurring,
        ),
        draw_months(
            _("What changed it"),
            names,
            [
                Bars("two", _("new"), [month.new for month in months]),
                Bars("one", _("dearer"), [month.up for month in months]),
                Bars("three", _("cheaper"), [month.down for month in months]),
                Bars("bad", _("lost"), [month.lost for month in months]),
            ],
            recurring,
        ),
        draw_months(
            _("Money that came and stayed"),
            names,
            [Bars("two", _("left"), [month.cash.left for month in months])],
            lambda amount: told(amount, one.currency),
        ),
    )
