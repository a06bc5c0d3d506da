"""How much of allauth each process loads."""

from __future__ import annotations

from allauth.socialaccount.apps import SocialAccountConfig


class SocialAccounts(SocialAccountConfig):
    """The providers' accounts. Where nobody signs in nothing speaks to a provider."""

    def ready(self) -> None:
        """Nothing: the entrance's addresses load the providers, which brings 6 MB of HTTP client
        with it, into processes that serve pages.
        """
