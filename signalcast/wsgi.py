"""Django as a WSGI application, for the pages."""

from __future__ import annotations

from django.core.wsgi import get_wsgi_application

from signalcast.core.env import use_settings
from signalcast.core.forwarded import believing

use_settings()

application = believing(get_wsgi_application())
