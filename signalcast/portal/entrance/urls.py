"""Paths of coming in and of one's own account. Their names are those that allauth asks for."""

from __future__ import annotations

from allauth.account import views as theirs
from allauth.mfa.base import views as factors
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as apps
from allauth.mfa.webauthn import views as passkeys
from allauth.socialaccount import views as providers
from allauth.socialaccount.providers import registry
from allauth.socialaccount.providers.openid_connect import views as openid
from allauth.usersessions.views import list_usersessions
from django.urls import path
from django.views.decorators.http import require_http_methods, require_safe

from signalcast.portal.entrance import profile, tokens, views

registry.load()

#: allauth's own answer to PUT and DELETE is that of POST.
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
    path("sign-up/", by_form(theirs.signup), name="account_signup"),
    path(
        "sign-up/code/",
        by_form(theirs.email_verification_sent),
        name="account_email_verification_sent",
    ),
]
OWN = [
    path("app/account/", views.overview, name="account"),
    path("app/account/data/", views.export, name="account_export"),
    path("app/account/data/file/", views.export_file, name="account_export_file"),
    path("app/account/delete/", views.close_account, name="account_close"),
    path("app/account/email/", views.change_email, name="account_email"),
    path("app/account/password/", by_form(theirs.password_change), name="account_change_password"),
    path("app/account/password/first/", by_form(theirs.password_set), name="account_set_password"),
    path("app/account/profile/", profile.profile, name="account_profile"),
    path("app/account/tokens/", tokens.tokens, name="account_tokens"),
    path("app/account/tokens/new/", tokens.create_token, name="account_token_new"),
    path("app/account/tokens/<int:pk>/revoke/", tokens.revoke_token, name="account_token_revoke"),
    path("app/account/again/", by_form(theirs.reauthenticate), name="account_reauthenticate"),
]
FACTORS = [
    path("sign-in/code/", by_form(factors.authenticate), name="mfa_authenticate"),
    path("sign-in/passkey/", by_form(passkeys.login_webauthn), name="mfa_login_webauthn"),
    path("app/account/factors/", require_safe(factors.index), name="mfa_index"),
    path("app/account/again/code/", by_form(factors.reauthenticate), name="mfa_reauthenticate"),
    path(
        "app/account/again/passkey/",
        by_form(passkeys.reauthenticate_webauthn),
        name="mfa_reauthenticate_webauthn",
    ),
    path("app/account/app/", by_form(apps.activate_totp), name="mfa_activate_totp"),
    path("app/account/app/remove/", by_form(apps.deactivate_totp), name="mfa_deactivate_totp"),
    path(
        "app/account/recovery/",
        require_safe(recovery.view_recovery_codes),
        name="mfa_view_recovery_codes",
    ),
    path(
        "app/account/recovery/new/",
        by_form(recovery.generate_recovery_codes),
        name="mfa_generate_recovery_codes",
    ),
    path(
        "app/account/recovery/file/",
        require_safe(recovery.download_recovery_codes),
        name="mfa_download_recovery_codes",
    ),
    path("app/account/passkeys/", require_safe(passkeys.list_webauthn), name="mfa_list_webauthn"),
    path("app/account/passkeys/add/", by_form(passkeys.add_webauthn), name="mfa_add_webauthn"),
    path(
        "app/account/passkeys/<int:pk>/remove/",
        by_form(passkeys.remove_webauthn),
        name="mfa_remove_webauthn",
    ),
    path("app/account/browsers/", by_form(list_usersessions), name="usersessions_list"),
]
PROVIDERS = [
    path(
        "sign-in/with/failed/",
        require_safe(providers.login_error),
        name="socialaccount_login_error",
    ),
    path(
        "sign-in/with/cancelled/",
        require_safe(providers.login_cancelled),
        name="socialaccount_login_cancelled",
    ),
    path("sign-in/with/address/", by_form(providers.signup), name="socialaccount_signup"),
    path(
        "sign-in/with/<slug:provider_id>/", require_safe(openid.login), name="openid_connect_login"
    ),
    path(
        "sign-in/with/<slug:provider_id>/back/",
        require_safe(openid.callback),
        name="openid_connect_callback",
    ),
    path(
        "app/account/providers/",
        by_form(providers.connections),
        name="socialaccount_connections",
    ),
]

urlpatterns = [*ENTRANCE, *OWN, *FACTORS, *PROVIDERS]
