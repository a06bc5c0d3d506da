"""What this program calls itself where it asks others for something."""

from __future__ import annotations

USER_AGENT = "Signalcast (+https://www.standardwebhooks.com)"
