"""Paths of the signed-in pages."""

from __future__ import annotations

from django.urls import path

from signalcast.portal import unsubscribe
from signalcast.portal.entrance import urls as entrance
from signalcast.portal.views import (
    accounts,
    alert,
    announcements,
    approvals,
    brand,
    checkout,
    correct,
    coupons,
    dashboard,
    deliveries,
    desk,
    destinations,
    feeds,
    home,
    ledger,
    look_as,
    payments,
    plans,
    preferences,
    pricing,
    revenue,
    review,
    settings,
    signals,
    sources,
    subscribers,
    subscription,
    tickets,
    wordings,
)

ENTRANCE = [
    path("", home.home, name="home"),
    path("unsubscribe/<str:token>", unsubscribe.unsubscribe, name="unsubscribe"),
    path("hooks/bounces/<str:token>", unsubscribe.bounces, name="bounces"),
    path("app/", dashboard.dashboard, name="dashboard"),
    path("app/start/", home.start, name="start"),
    path("app/look-as/", look_as.begin_look_as, name="look_as"),
    path("app/look-as/end/", look_as.end_look_as, name="end_look_as"),
]
SIGNALS = [
    path("app/signals/", signals.signals, name="signals"),
    path("app/signals/<uuid:pk>/", signals.signal, name="signal"),
    path("app/publish/", desk.publish, name="publish"),
    path("app/publish/look/", desk.look, name="look"),
    path("app/signals/<uuid:pk>/update/", desk.update, name="update"),
    path("app/signals/<uuid:pk>/close/", desk.end, {"action": "close"}, name="close"),
    path("app/signals/<uuid:pk>/cancel/", desk.end, {"action": "cancel"}, name="cancel"),
    path("app/submitted/<uuid:pk>/", desk.submitted, name="submitted"),
    path("app/review/", review.review, name="review"),
    path("app/review/decide/", review.decide, name="decide"),
    path("app/review/<uuid:pk>/picture/", review.picture, name="review_picture"),
    path("app/review/<uuid:pk>/correct/", correct.correct, name="correct"),
    path("app/deliveries/", deliveries.deliveries, name="deliveries"),
    path("app/deliveries/<int:pk>/cancel/", deliveries.cancel_delivery, name="cancel_delivery"),
]
DESTINATIONS = [
    path("app/destinations/", destinations.destinations, name="destinations"),
    path("app/destinations/add/<slug:kind>/", destinations.add_destination, name="add_destination"),
    path("app/destinations/<uuid:uid>/", destinations.destination, name="destination"),
    path(
        "app/destinations/<uuid:uid>/change/",
        destinations.change_destination,
        name="change_destination",
    ),
    path("app/preferences/", preferences.preferences, name="preferences"),
    path("app/accounts/add/<slug:kind>/", accounts.add_account, name="add_account"),
    path("app/accounts/<int:pk>/", accounts.edit_account, name="edit_account"),
]
SET_UP = [
    path("app/feeds/", feeds.feeds, name="feeds"),
    path("app/feeds/new/", feeds.create_feed, name="create_feed"),
    path("app/feeds/<slug:slug>/", feeds.edit_feed, name="edit_feed"),
    path("app/sources/", sources.sources, name="sources"),
    path("app/sources/new/", sources.create_source, name="create_source"),
    path("app/sources/<slug:slug>/", alert.alert, name="alert"),
    path("app/sources/<slug:slug>/change/", sources.edit_source, name="edit_source"),
    path("app/sources/<slug:slug>/rotate/", sources.rotate, name="rotate"),
    path("app/sources/<slug:slug>/pause/", sources.pause_source, name="pause_source"),
    path("app/sources/<slug:slug>/test/", alert.send_test_signal, name="send_test_signal"),
    path("app/announcements/", announcements.announcements, name="announcements"),
    path("app/announcements/new/", announcements.announce, name="announce"),
    path("app/wordings/", wordings.wordings, name="wordings"),
    path("app/wordings/<str:type_>/", wordings.edit_wording, name="edit_wording"),
    path("app/wordings/<str:type_>/reset/", wordings.reset_wording, name="reset_wording"),
]
SETTINGS = [
    path("app/settings/", settings.settings, name="settings"),
    path("app/settings/legal/<slug:slug>/", settings.legal_text, name="legal_text"),
    path("app/settings/mails/", settings.mail_texts, name="mail_texts"),
    path("app/settings/mails/<str:key>/", settings.mail_text, name="mail_text"),
    path("app/settings/mails/<str:key>/reset/", settings.reset_mail, name="reset_mail"),
    path("legal/<slug:slug>/", brand.legal, name="legal"),
    path("brand/<slug:style>.css", brand.brand_css, name="brand_css"),
    path("brand/<slug:tag>.webp", brand.brand_logo, name="brand_logo"),
]
SELL = [
    path("plans/", pricing.pricing, name="pricing"),
    path("plans/<slug:slug>/", pricing.plan, name="plan"),
    path("app/choose/<slug:slug>/", pricing.choose, name="choose"),
    path("app/subscription/", subscription.subscription, name="subscription"),
    path(
        "app/subscription/<int:pk>/", subscription.change_subscription, name="change_subscription"
    ),
    path("app/subscription/<int:pk>/alternatives/", subscription.alternatives, name="alternatives"),
]
BUSINESS = [
    path("app/revenue/", revenue.revenue, name="revenue"),
    path("app/revenue/months.csv", revenue.revenue_file, name="revenue_file"),
    path("app/plans/", plans.plans, name="plans"),
    path("app/plans/new/", plans.create_plan, name="create_plan"),
    path("app/plans/<slug:slug>/", plans.edit_plan, name="edit_plan"),
    path("app/plans/<slug:slug>/archive/", plans.archive_plan, name="archive_plan"),
    path("app/subscribers/", subscribers.subscribers, name="subscribers"),
    path("app/subscribers/give/", subscribers.grant_plan, name="grant_plan"),
    path("app/subscribers/<int:pk>/", subscribers.subscriber, name="subscriber"),
    path("app/subscribers/<int:pk>/end/", subscribers.end_subscription, name="end_subscription"),
    path("app/coupons/", coupons.coupons, name="coupons"),
    path("app/coupons/new/", coupons.create_coupon, name="create_coupon"),
    path("app/coupons/<int:pk>/", coupons.edit_coupon, name="edit_coupon"),
    path("app/coupons/<int:pk>/archive/", coupons.archive_coupon, name="archive_coupon"),
]
PAYMENTS = [
    path("app/checkout/<slug:slug>/", checkout.checkout, name="checkout"),
    path("app/payments/", payments.payments, name="payments"),
    path("app/payments/cards/", payments.cards, name="cards"),
    path("app/payments/<uuid:pk>/", payments.payment, name="payment"),
    path("app/payments/<uuid:pk>/proofs/<uuid:proof>/", payments.proof, name="proof"),
    path("app/payments/<uuid:pk>/invoices/<str:number>/", payments.invoice, name="invoice"),
    path("app/ledger/", ledger.ledger, name="ledger"),
    path("app/approvals/", approvals.approvals, name="approvals"),
    path("app/approvals/<uuid:pk>/", approvals.decide, name="decide_payment"),
    path("app/payments/<uuid:pk>/refund/", approvals.refund, name="refund"),
]
SUPPORT = [
    path("app/tickets/", tickets.tickets, name="tickets"),
    path("app/tickets/new/", tickets.new_ticket, name="new_ticket"),
    path("app/tickets/all/", tickets.ticket_desk, name="ticket_desk"),
    path("app/tickets/<uuid:pk>/", tickets.ticket, name="ticket"),
    path("app/tickets/<uuid:pk>/change/", tickets.change_ticket, name="change_ticket"),
    path("app/tickets/<uuid:pk>/files/<uuid:file>/", tickets.ticket_file, name="ticket_file"),
]

urlpatterns = [
    *ENTRANCE,
    *entrance.urlpatterns,
    *SIGNALS,
    *DESTINATIONS,
    *SET_UP,
    *SETTINGS,
    *SELL,
    *BUSINESS,
    *PAYMENTS,
    *SUPPORT,
]
