"""People. The e-mail address is the login, from the first migration on."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models, transaction
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """What somebody may do. A person can have several."""

    OWNER = "owner", _("Owner")
    OPERATOR = "operator", _("Operator")
    ANALYST = "analyst", _("Analyst")
    SUPPORT = "support", _("Support")
    SUBSCRIBER = "subscriber", _("Subscriber")


#: Roles that see every signal and delivery of the installation.
STAFF_ROLES = frozenset({Role.OWNER, Role.OPERATOR, Role.ANALYST, Role.SUPPORT})


class UserManager(BaseUserManager["User"]):
    """Finds and makes users by their e-mail address."""

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=normal_email(username or ""))

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Make and store a user whose address is believed. Without a password none ever fits."""
        from signalcast.accounts.trust_addresses import trust_addresses  # which knows users

        user = self.model(email=normal_email(email), **fields)
        user.set_password(password)
        with transaction.atomic():
            user.save()
            trust_addresses([user])
        return user


def normal_email(email: str) -> str:
    """The one spelling of an address: addresses that differ only in case are one person."""
    return email.strip().lower()


class User(AbstractBaseUser):
    """Somebody who can sign in."""

    email = models.EmailField(_("e-mail address"), max_length=254, unique=True)
    name = models.CharField(_("name"), max_length=120, blank=True, default="")
    #: Of messages and pages, as in "de"; empty means the installation's.
    language = models.CharField(_("language"), max_length=8, blank=True, default="")
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")

    def __str__(self) -> str:
        return self.email

    def roles(self) -> frozenset[str]:
        """The roles granted to this user, read once per instance."""
        known: frozenset[str] | None = self.__dict__.get("_roles")
        if known is None:
            known = frozenset(self.grants.values_list("role", flat=True))
            self.__dict__["_roles"] = known
        return known

    def has_role(self, *wanted: str) -> bool:
        """Whether any of the wanted roles is granted."""
        return bool(self.roles() & set(wanted))

    @property
    def is_staff(self) -> bool:
        """Whether this person works for the installation and not only subscribes to it."""
        return bool(self.roles() & STAFF_ROLES)


class RoleGrant(models.Model):
    """One role of one user."""

    user = models.ForeignKey(User, models.CASCADE, related_name="grants")
    role = models.CharField(_("role"), max_length=16, choices=Role.choices)

    class Meta:
        verbose_name = _("role")
        verbose_name_plural = _("roles")
        constraints = [models.UniqueConstraint(fields=["user", "role"], name="one_grant_a_role")]

    def __str__(self) -> str:
        return f"{self.user}: {self.role}"


class AccountExport(models.Model):
    """What is kept of one person, put together for that person. A new one replaces the old."""

    user = models.OneToOneField(User, models.CASCADE, related_name="export")
    asked_at = models.DateTimeField(_("asked at"), db_default=Now())
    #: Empty while a job puts it together.
    ready_at = models.DateTimeField(_("ready at"), null=True)
    #: A ZIP archive. In the database, since processes of other machines make and send it.
    content = models.BinaryField(_("content"), null=True)

    class Meta:
        verbose_name = _("export of an account")
        verbose_name_plural = _("exports of accounts")

    def __str__(self) -> str:
        return str(self.user)


class AuditEntry(models.Model):
    """Something that a person did to the installation. Written once, never changed."""

    #: The thing first, as in `jobs.redriven`.
    action = models.CharField(_("action"), max_length=64)
    #: An e-mail address, not a key: the entry outlives the account. `shell` for commands.
    by = models.CharField(_("by"), max_length=254)
    target = models.CharField(_("target"), max_length=300, default="")
    #: Rows that it changed, where that is a number.
    count = models.PositiveIntegerField(_("rows"), null=True)
    details = models.JSONField(_("details"), default=dict)
    at = models.DateTimeField(_("at"), db_default=Now())

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit entries")
        indexes = [
            models.Index(fields=["at"], name="audit_at"),
            models.Index(fields=["by", "at"], name="audit_by"),
            models.Index(fields=["action", "at"], name="audit_action"),
        ]

    def __str__(self) -> str:
        return f"{self.by}: {self.action} {self.target}".rstrip()


class ApiToken(models.Model):
    """What a program shows to act as somebody. It never gives more than its user's roles do."""

    class Scope(models.TextChoices):
        """What a token is for."""

        READ = "read", _("Read what you may read")
        WRITE = "write", _("Change what is yours: destinations, subscriptions")
        MANAGE = "manage", _("Manage the installation: feeds, sources, plans, people")

    user = models.ForeignKey(User, models.CASCADE, related_name="api_tokens")
    #: What it is for, in its owner's words.
    name = models.CharField(_("name"), max_length=64)
    #: How it begins, so that its owner knows it again.
    prefix = models.CharField(_("begins with"), max_length=16)
    #: SHA-256 of the token; the token itself is nowhere.
    digest = models.CharField(_("token digest"), max_length=64, unique=True)
    #: Words with spaces between them.
    scopes = models.CharField(_("scopes"), max_length=64)
    created_at = models.DateTimeField(_("created at"), db_default=Now())
    #: Written once a minute at most.
    last_used_at = models.DateTimeField(_("last used at"), null=True)
    #: Empty: it lasts until it is revoked.
    expires_at = models.DateTimeField(_("expires at"), null=True)
    revoked_at = models.DateTimeField(_("revoked at"), null=True)

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    def scope_set(self) -> frozenset[str]:
        """The scopes that it was made with."""
        return frozenset(self.scopes.split())
