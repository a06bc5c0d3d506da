"""The ledger: what every account holds, and each entry with its postings. Only to be read."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from signalcast.payments.books import balances
from signalcast.payments.models import Entry
from signalcast.portal.access import BOOKKEEPERS, roles_required
from signalcast.portal.pages import page


@require_GET
@roles_required(*BOOKKEEPERS)
def ledger(request: HttpRequest) -> HttpResponse:
    """Balances of all accounts, then the entries, newest first."""
    rows = Entry.objects.prefetch_related("postings")
    shown = page(rows, request.GET.get("after", ""))
    context = {
        "balances": [
            (account, amount, currency)
            for (account, currency), amount in sorted(balances().items())
        ],
        "rows": shown.rows,
        "next": shown.after,
    }
    return render(request, "portal/ledger.html", context)
