"""Who may do what, by role: the same for pages and programs."""

from __future__ import annotations

from signalcast.accounts.models import Role

#: Who sets the installation up: feeds, sources, broadcasts, announcements.
MANAGERS = (Role.OWNER, Role.OPERATOR)
#: Who writes signals, and who decides on what waits.
WRITERS = (Role.OWNER, Role.ANALYST)
REVIEWERS = (Role.OWNER, Role.OPERATOR, Role.ANALYST)
#: Who acts in the operations console, and who may look at it.
OPERATORS = (Role.OWNER, Role.OPERATOR)
OBSERVERS = (Role.OWNER, Role.OPERATOR, Role.SUPPORT)
#: Who decides on payments and pays back, and who may look at everybody's.
CASHIERS = (Role.OWNER, Role.OPERATOR)
BOOKKEEPERS = (Role.OWNER, Role.OPERATOR, Role.SUPPORT)
