"""Paths of coming in and of one's own account. Their names are those that allauth asks for."""

from __future__ import annotations

from allauth.account import views as theirs
from django.urls import path
from django.views.decorators.http import require_http_methods, require_safe

from signalcast.portal.entrance import views

by_form = require_http_methods(["GET", "POST"])

ENTRANCE = [
    path("sign-in/", views.SignIn.as_view(), name="account_login"),
    path("sign-out/", by_form(theirs.logout), name="account_logout"),
    path("sign-in/closed/", require_safe(theirs.account_inactive), name="account_inactive"),
    path("sign-in/reset/", views.reset, name="account_reset_password"),
    path(
        "sign-in/reset/code/",
        by_form(theirs.confirm_password_reset_code),
        name="account_confirm_password_reset_code",
    ),
    path(
        "sign-in/reset/password/",
        by_form(theirs.complete_password_reset),
        name="account_complete_password_reset",
    ),
    path(
        "sign-in/reset/done/",
        require_safe(theirs.password_reset_from_key_done),
        name="account_password_reset_completed",
    ),
    path("sign-up/", views.sign_up, name="account_signup"),
    path(
        "sign-up/code/",
        by_form(theirs.email_verification_sent),
        name="account_email_verification_sent",
    ),
]
OWN = [
    path("app/account/", views.overview, name="account"),
    path("app/account/email/", views.change_email, name="account_email"),
    path("app/account/password/", by_form(theirs.password_change), name="account_change_password"),
    path("app/account/password/first/", by_form(theirs.password_set), name="account_set_password"),
    path("app/account/again/", by_form(theirs.reauthenticate), name="account_reauthenticate"),
]

urlpatterns = [*ENTRANCE, *OWN]
