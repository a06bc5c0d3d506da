"""The channels of plans, in words."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy

CHANNELS: dict[str, Any] = {
    "apprise": gettext_lazy("100 more services"),
    "discord": "Discord",
    "email": gettext_lazy("E-mail"),
    "live": gettext_lazy("Live in the browser"),
    "telegram": "Telegram",
    "webhook": gettext_lazy("Webhook"),
}
