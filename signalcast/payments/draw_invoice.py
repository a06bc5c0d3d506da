"""An invoice as PDF."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from django.utils import translation
from django.utils.translation import gettext as _

from signalcast.core.money import told
from signalcast.payments.models import Invoice
from signalcast.shop.current import current
from signalcast.shop.models import Setting

if TYPE_CHECKING:
    from fpdf import FPDF

#: Millimetres: the page's margin, and the width of the column with amounts.
MARGIN, AMOUNTS = 20, 50
#: Millimetres that a logo is high at most.
LOGO = 16
#: Characters of a line of seller, buyer and plan.
LONGEST = 200


def draw_invoice(invoice: Invoice) -> bytes:
    """The file in its reader's language: the same one each time, under the logo of today."""
    # The library takes 20 MB, and few processes draw.
    import font_source_sans_pro as fonts
    from fpdf import FPDF

    pdf = FPDF(format="A4")
    pdf.set_margin(MARGIN)
    pdf.set_creation_date(invoice.issued_at)
    pdf.add_font("sans", fname=fonts.font_files_ttf["SourceSansPro"])
    pdf.add_font("sans", style="B", fname=fonts.font_files_ttf["SourceSansProBold"])
    pdf.add_page()
    _logo(pdf)
    with translation.override(invoice.language):
        _head(pdf, invoice)
        _sums(pdf, invoice)
    return bytes(pdf.output())


def _logo(pdf: FPDF) -> None:
    if not current().logo_tag:
        return
    if body := Setting.objects.filter(pk=Setting.ONE).values_list("logo", flat=True).first():
        pdf.image(BytesIO(body), h=LOGO, keep_aspect_ratio=True, w=pdf.epw)
        pdf.set_y(MARGIN + LOGO + 6)


def _head(pdf: FPDF, invoice: Invoice) -> None:
    credit = invoice.kind == Invoice.Kind.CREDIT
    title = _("Credit note") if credit else _("Invoice and receipt")
    pdf.set_title(f"{title} {invoice.number}")
    for text in invoice.seller.splitlines():
        _line(pdf, text)
    pdf.ln(12)
    _line(pdf, f"{title} {invoice.number}", bold=True, size=16)
    _line(pdf, _("Date: %s") % f"{invoice.issued_at:%Y-%m-%d}")
    if not credit and invoice.charge.paid_at:
        _line(pdf, _("Paid on %s") % f"{invoice.charge.paid_at:%Y-%m-%d}")
    pdf.ln(6)
    for text in invoice.buyer.splitlines():
        _line(pdf, text)
    pdf.ln(10)


def _sums(pdf: FPDF, invoice: Invoice) -> None:
    def amount(units: int) -> str:
        return told(units, invoice.currency)

    _line(pdf, invoice.words, amount(invoice.amount))
    pdf.ln(2)
    pdf.line(MARGIN, pdf.get_y(), MARGIN + pdf.epw, pdf.get_y())
    pdf.ln(2)
    if invoice.tax:
        _line(pdf, _("Net"), amount(invoice.amount - invoice.tax))
        rate = f" {invoice.tax_rate} %" if invoice.tax_rate else ""
        _line(pdf, f"{invoice.tax_name}{rate}", amount(invoice.tax))
    back = invoice.kind == Invoice.Kind.CREDIT
    _line(pdf, _("Paid back") if back else _("Total"), amount(invoice.amount), bold=True)


def _line(pdf: FPDF, text: str, amount: str = "", *, bold: bool = False, size: int = 10) -> None:
    """A text, wrapped where it is long, and an amount at the right of its first line."""
    pdf.set_font("sans", style="B" if bold else "", size=size)
    top, height = pdf.get_y(), size * 0.55
    pdf.multi_cell(
        pdf.epw - AMOUNTS if amount else pdf.epw,
        height,
        text[:LONGEST],
        align="L",
        new_x="LMARGIN",
        new_y="NEXT",
    )
    below = pdf.get_y()
    if amount:
        pdf.set_xy(MARGIN + pdf.epw - AMOUNTS, top)
        pdf.cell(AMOUNTS, height, amount, align="R")
    pdf.set_xy(MARGIN, below)
