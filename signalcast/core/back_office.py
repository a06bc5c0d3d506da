"""How a table is in the back office unless its app says otherwise: it is looked at, no more.

What may be changed is named field by field, and so is what a new row has; everything else stays
as the code that owns it wrote it. Secrets have no place here, whatever a table's admin says.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db import models
from django.forms import Media, ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.utils.functional import cached_property
from unfold.admin import ModelAdmin

from signalcast.core.secrets import EncryptedTextField

#: What lets somebody in, by the names of fields. Digests too: they tell one token from another.
SECRETS = frozenset({"password", "digest", "token", "token_digest", "token_secret", "session_key"})
SECRET_TYPES = (EncryptedTextField, models.BinaryField)
#: Tables that there are, and how.
LISTED: dict[type[models.Model], type[BackOffice]] = {}
SAFE = ("GET", "HEAD", "OPTIONS")


def is_secret(field: models.Field[Any, Any]) -> bool:
    """Whether nobody gets to see what a field holds."""
    return field.name in SECRETS or isinstance(field, SECRET_TYPES)


class FirstRows(Paginator):  # type: ignore[type-arg] # has no subscripts at run time
    """Pages of the first rows: a table of millions is neither counted nor walked through."""

    #: More than anybody pages through; whoever looks further back narrows the list.
    most = 5_000

    @cached_property
    def count(self) -> int:
        """Rows, as far as they are counted."""
        found: Any = self.object_list
        return int(found[: self.most].count())


class BackOffice(ModelAdmin):
    """A table that owner, operator and support look at."""

    #: Fields that owners may change.
    editable: ClassVar[Sequence[str]] = ()
    #: Fields of a row that owners may add; empty: nobody adds any.
    addable: ClassVar[Sequence[str]] = ()
    #: Whether owners may delete rows that no other row points at.
    deletable: ClassVar[bool] = False
    #: Fields that are shown nowhere, besides the secrets.
    hidden: ClassVar[Sequence[str]] = ()
    #: Found by its key alone, and in the order of keys: for tables that grow without end.
    by_key: ClassVar[bool] = False

    paginator = FirstRows
    show_full_result_count = False
    list_per_page = 50
    list_max_show_all = 0
    actions = None
    view_on_site = False
    ordering = ("-pk",)

    @property
    def media(self) -> Media:
        """No scripts besides those of the pages: nothing opens windows or fills in other fields."""
        return Media()

    def formfield_for_dbfield(
        self, db_field: models.Field[Any, Any], request: HttpRequest | None, **options: Any
    ) -> Any:
        """Without buttons to add what a field points at, which would need those scripts."""
        field = super().formfield_for_dbfield(db_field, request, **options)
        if field and isinstance(field.widget, RelatedFieldWidgetWrapper):
            field.widget = field.widget.widget
        return field

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Whether it is listed."""
        return bool(self.admin_site.may_look(request))

    def has_view_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Whether it may be looked at."""
        return bool(self.admin_site.may_look(request))

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Whether anything of it may be changed."""
        return bool(self.editable) and bool(self.admin_site.may_change(request))

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Whether rows may be added."""
        return bool(self.addable) and bool(self.admin_site.may_change(request))

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Whether a row may be deleted: none that another one points at."""
        may = self.deletable and bool(self.admin_site.may_change(request))
        return may and (obj is None or not _is_pointed_at(obj))

    def get_fields(self, request: HttpRequest, obj: models.Model | None = None) -> Sequence[str]:
        """All that is no secret."""
        if obj is None:
            return list(self.addable)
        meta = self.model._meta
        return [
            field.name
            for field in (*meta.concrete_fields, *meta.many_to_many)
            if not is_secret(field) and field.name not in self.hidden
        ]

    def get_readonly_fields(
        self, request: HttpRequest, obj: models.Model | None = None
    ) -> Sequence[str]:
        """All that is not named as what may be changed."""
        if obj is None:
            return []
        return [name for name in self.get_fields(request, obj) if name not in self.editable]

    def get_search_fields(self, request: HttpRequest) -> Sequence[str]:
        """What a search looks in."""
        return ("pk",) if self.by_key else self.search_fields

    def get_search_results(
        self, request: HttpRequest, queryset: models.QuerySet[Any], search_term: str
    ) -> tuple[models.QuerySet[Any], bool]:
        """The row of a key, where a table is found by that."""
        if not self.by_key or not search_term:
            return super().get_search_results(request, queryset, search_term)
        try:
            key = self.model._meta.pk.to_python(search_term.strip())
        except ValidationError:
            return queryset.none(), False
        return queryset.filter(pk=key), False

    def get_sortable_by(self, request: HttpRequest) -> Sequence[str]:
        """Columns to sort by: none where that would sort millions of rows."""
        return () if self.by_key else self.get_list_display(request)

    def get_list_select_related(self, request: HttpRequest) -> Sequence[str]:
        """What a list's columns point at comes with its rows, in one statement."""
        named = self.list_select_related or ()
        keys = {
            field.name
            for field in self.model._meta.concrete_fields
            if isinstance(field, models.ForeignKey) and field.name in self.list_display
        }
        return sorted({*named, *keys})

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Filters that there are. By any other one could be guessed what is shown nowhere."""
        known = {self.date_hierarchy, *(str(one) for one in self.list_filter)}
        return lookup.partition("__")[0] in known and super().lookup_allowed(lookup, value, request)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """A list, which takes nothing."""
        if request.method not in SAFE:
            return HttpResponseNotAllowed(SAFE)
        return super().changelist_view(request, extra_context)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """What was done stands in the audit log."""
        return redirect("audit")

    def save_model(
        self, request: HttpRequest, obj: models.Model, form: ModelForm[Any], change: bool
    ) -> None:
        """Write what was changed, and nothing of what others wrote meanwhile."""
        obj.save(update_fields=form.changed_data) if change else obj.save()

    def construct_change_message(
        self, request: HttpRequest, form: ModelForm[Any], formsets: Any, add: bool = False
    ) -> dict[str, str]:
        """What was there and what is there, by field."""
        return {
            name: f"{'' if add else form.initial.get(name)} → {form.cleaned_data.get(name)}"
            for name in form.changed_data
        }

    def log_addition(self, request: HttpRequest, obj: models.Model, message: Any) -> None:
        """Into the audit log, as everything that staff does."""
        self.admin_site.note(request, "added", obj, message)

    def log_change(self, request: HttpRequest, obj: models.Model, message: Any) -> None:
        """Into the audit log; what came to nothing is not noted."""
        if message:
            self.admin_site.note(request, "changed", obj, message)

    def log_deletions(self, request: HttpRequest, queryset: Any) -> None:
        """Into the audit log."""
        for obj in queryset:
            self.admin_site.note(request, "deleted", obj, {})


def listed(model: type[models.Model]) -> Callable[[type[BackOffice]], type[BackOffice]]:
    """Have a table in the back office, in the way of the class below."""

    def decorate(kind: type[BackOffice]) -> type[BackOffice]:
        LISTED[model] = kind
        return kind

    return decorate


def _is_pointed_at(obj: models.Model) -> bool:
    for relation in obj._meta.related_objects:
        model = relation.related_model
        if not isinstance(model, str):
            rows = model._base_manager.filter(**{relation.field.name: obj})
            if rows.exists():
                return True
    return False
