"""What was paid, in the back office: looked at, never changed."""

from __future__ import annotations

from signalcast.core.back_office import BackOffice, listed
from signalcast.payments.models import (
    Agreement,
    Charge,
    Customer,
    Dispute,
    Entry,
    Invoice,
    InvoiceSeries,
    PaymentName,
    Posting,
    Proof,
    ProviderEvent,
    Refund,
    Turn,
)


@listed(Entry)
class EntryAdmin(BackOffice):
    """The ledger, also at /app/ledger/."""

    list_display = ("at", "key", "words")
    by_key = True


@listed(Posting)
class PostingAdmin(BackOffice):
    """Lines of the ledger."""

    list_display = ("entry", "credit", "debit", "amount", "currency")
    by_key = True


@listed(Charge)
class ChargeAdmin(BackOffice):
    """Approved, refused and paid back at /app/payments/ and /app/approvals/."""

    list_display = ("plan_name", "user", "amount", "currency", "state", "gateway", "created_at")
    search_fields = ("user__email", "reference", "external_id")
    list_filter = ("state",)


@listed(Refund)
class RefundAdmin(BackOffice):
    """What went back."""

    list_display = ("created_at", "amount", "currency", "state", "gateway", "by")
    search_fields = ("payment", "external_id")
    list_filter = ("state",)


@listed(Dispute)
class DisputeAdmin(BackOffice):
    """What banks ask back."""

    list_display = ("created_at", "external_id", "amount", "currency", "state")
    search_fields = ("external_id", "payment")
    list_filter = ("state",)


@listed(Customer)
class CustomerAdmin(BackOffice):
    """Who somebody is to a provider."""

    list_display = ("user", "gateway", "external_id")
    search_fields = ("user__email", "external_id")


@listed(Agreement)
class AgreementAdmin(BackOffice):
    """What providers charge for by themselves."""

    list_display = ("external_id", "user", "plan", "state", "period_end")
    search_fields = ("external_id", "user__email")
    list_filter = ("state",)


@listed(ProviderEvent)
class ProviderEventAdmin(BackOffice):
    """What providers told. Their words have people's addresses in them, and stay away."""

    list_display = ("received_at", "gateway", "type", "event_id", "via", "applied_at")
    hidden = ("body",)
    by_key = True


@listed(Turn)
class TurnAdmin(BackOffice):
    """How far a provider's list was compared."""

    list_display = ("gateway", "compared_until")


@listed(PaymentName)
class PaymentNameAdmin(BackOffice):
    """Other names of payments."""

    list_display = ("gateway", "alias", "payment")
    search_fields = ("alias", "payment")


@listed(Proof)
class ProofAdmin(BackOffice):
    """Files that show payments; they are looked at on the page of the payment."""

    list_display = ("created_at", "charge", "name", "kind", "size")


@listed(InvoiceSeries)
class InvoiceSeriesAdmin(BackOffice):
    """The last number of each year."""

    list_display = ("name", "last")


@listed(Invoice)
class InvoiceAdmin(BackOffice):
    """Drawn on the page of the payment."""

    list_display = ("number", "kind", "amount", "currency", "issued_at")
    search_fields = ("number",)
    list_filter = ("kind",)
