"""The rule that keeps the admin inside a person's sites: every list, form, inline, choice and action.

Law of the room: a right is asked for on the very site of a row as it is *stored*, and on the site the posted values
name. A row never moves to another site, and never points at another site's rows.
"""

from collections.abc import Collection, Iterable
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db.models import ForeignKey, JSONField, ManyToManyField, Model, QuerySet
from django.forms.models import BaseInlineFormSet
from django.http import Http404, HttpRequest

from sites.access import chosen
from sites.access.roles import carrying, sites_held
from sites.core import foreign
from sites.models import Membership, Role, Site


class SiteList(ChangeList):
    """A list of rows of the chosen site, where one is chosen and the person has not asked for others."""

    def get_filters_params(self, params: Any = None) -> Any:
        """Django's own, without what only says that all sites are meant."""
        found = super().get_filters_params(params)
        found.pop(chosen.ALL, None)
        return found

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet[Any]:
        """Django's own, narrowed."""
        rows, page = super().get_queryset(request, exclude_parameters), self.model_admin
        if not isinstance(page, SiteScopedAdmin) or page.site_path == "pk":
            return rows
        if any(name.startswith(page.site_path) for name in self.params):
            return rows
        sites = page.sites(request)
        narrow = chosen.some(request, sites)
        return rows if narrow is sites else rows.filter(**{f"{page.site_path}__in": narrow})


class SiteScopedAdmin(admin.ModelAdmin):
    """An admin page whose rows belong to sites: people see, pick and write only those of sites their role covers.

    `site_path` is the lookup from the row to its site. `roles` narrows who sees rows and `writers` who writes them;
    none means whoever has the model permission on the site. Administrators of a site are never narrowed away.
    """

    formfield_overrides = {JSONField: {"decoder": foreign.Decoder}}
    site_path = "site"
    roles: tuple[Role, ...] = ()
    writers: tuple[Role, ...] = ()

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """Ours."""
        return SiteList

    def sites(self, request: HttpRequest, action: str = "view") -> QuerySet[Site]:
        """The sites on whose rows the person may do this: view, add, change or delete."""
        return sites_held(request.user, self.holders(action))

    def holders(self, action: str) -> frozenset[Role]:
        """The roles that may do this on their site."""
        carried = carrying(f"{self.opts.app_label}.{action}_{self.opts.model_name}")
        narrowed = self.roles if action == "view" else self.writers
        return carried.intersection({*narrowed, Role.ADMIN}) if narrowed else carried

    def may(self, request: HttpRequest, action: str, obj: Any) -> bool:
        """Whether the person may do this with a row as it is stored; without one, on any of their sites."""
        if obj is None:
            return _somewhere(request, self.holders(action))
        return self.sites(request, action).filter(pk__in=self.stored(obj)).exists()

    def stored(self, obj: Any) -> list[int]:
        """The key of the site that a row belongs to in the database, whatever a form has put on it meanwhile."""
        return list(self.model._default_manager.filter(pk=obj.pk).values_list(self.site_path, flat=True))

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """On the site of the row."""
        return self.may(request, "view", obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """On any site; which one is asked as it is saved."""
        return self.may(request, "add", None)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """On the site of the row."""
        return self.may(request, "change", obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """On the site of the row."""
        return self.may(request, "delete", obj)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """The rows of the person's sites, by their keys: of one site a list comes in order from its index."""
        keys = list(self.sites(request).values_list("pk", flat=True))
        return super().get_queryset(request).filter(**{f"{self.site_path}__in": keys})

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """A row stays on its site."""
        given = super().get_readonly_fields(request, obj)
        return (*given, "site") if obj is not None and self.site_path == "site" and "site" not in given else given

    def formfield_for_foreignkey(self, db_field: "ForeignKey[Any, Any]", request: HttpRequest, **kwargs: Any) -> Any:
        """A site is picked from those the person may write on, any other row from those of such sites."""
        kwargs.setdefault("queryset", self._choices(db_field.related_model, request))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_manytomany(
        self, db_field: "ManyToManyField[Any, Any]", request: HttpRequest, **kwargs: Any
    ) -> Any:
        """The same of many."""
        kwargs.setdefault("queryset", self._choices(db_field.related_model, request))
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def save_form(self, request: HttpRequest, form: Any, change: bool) -> Any:
        """Before anything is saved: may the person do this on the stored row's site and on the posted one?"""
        self._ask(request, form, change)
        return super().save_form(request, form, change)

    def _ask(self, request: HttpRequest, form: Any, change: bool) -> None:
        """Raise PermissionDenied for a site that is not the person's to write on, or rows of two sites."""
        obj = form.instance
        new, may = _site_of(obj, self.site_path), self.sites(request, "change" if change else "add")
        asked = {new, *self.stored(obj)} if change else {new}
        own = self.site_path == "pk" and not change
        if len(asked) > 1 or (not own and may.filter(pk__in=asked).count() != len(asked)):
            raise PermissionDenied("This is not a row of a site that you may write on.")
        if {site for row in _named(form) if (site := self._site_of_row(row)) is not None} - {new}:
            raise PermissionDenied("A row of one site cannot name what is of another.")

    def _choices(self, model: Any, request: HttpRequest) -> QuerySet[Any] | None:
        """What may be picked of a model: sites, or rows that belong to them; None where no site owns them."""
        sites = self.sites(request, "add") | self.sites(request, "change")
        if model is Site:
            return sites.distinct()
        page = self.admin_site._registry.get(model)
        if not isinstance(page, SiteScopedAdmin):
            return None
        rows: QuerySet[Any] = page.get_queryset(request).filter(**{f"{page.site_path}__in": sites})
        return rows

    def _site_of_row(self, row: Model) -> int | None:
        """The key of the site a row that a form names belongs to; None where no site owns it."""
        page = self.admin_site._registry.get(type(row))
        return _site_of(row, page.site_path) if isinstance(page, SiteScopedAdmin) else None


class NamedRows(BaseInlineFormSet):
    """Rows of a table whose columns alone have a heading: each field says what it is, for who cannot see the column."""

    def add_fields(self, form: Any, index: Any) -> None:
        """Django's own, and the names."""
        super().add_fields(form, index)
        for name, field in form.fields.items():
            widget = getattr(field.widget, "widget", field.widget)
            widget.attrs.setdefault("aria-label", str(field.label or name.replace("_", " ").capitalize()))


class SiteScopedInline(admin.TabularInline):
    """Rows on the page of what they belong to: the right is asked for on the site of that page's row."""

    formset = NamedRows
    parent_path = "site"

    def may(self, request: HttpRequest, action: str, parent: Any) -> bool:
        """Whether the person may do this with rows of the parent's site; without a parent, of any of theirs."""
        holders = carrying(f"{self.opts.app_label}.{action}_{self.opts.model_name}")
        if parent is None or parent.pk is None:
            return _somewhere(request, holders)
        stored = type(parent)._default_manager.filter(pk=parent.pk).values_list(self.parent_path, flat=True)
        return sites_held(request.user, holders).filter(pk__in=list(stored)).exists()

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """On the parent's site."""
        return self.may(request, "view", obj)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """On the parent's site."""
        return self.may(request, "add", obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """On the parent's site."""
        return self.may(request, "change", obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """On the parent's site."""
        return self.may(request, "delete", obj)


class ReadOnlyAdmin(SiteScopedAdmin):
    """Rows that are looked at, never written, here."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False


def key_of(text: str) -> int:
    """The number in an address. Raises Http404 for what is none."""
    if not (text.isascii() and text.isdecimal() and len(text) < 19):
        raise Http404("There is nothing with this key.")
    return int(text)


def superuser(request: HttpRequest) -> bool:
    """Whether the person runs the whole installation."""
    return bool(request.user.is_active and getattr(request.user, "is_superuser", False))


def _somewhere(request: HttpRequest, roles: Collection[Role]) -> bool:
    """Whether the person holds one of these roles on any site; read once a request: a page asks it of every model."""
    if superuser(request):
        return True
    held: set[str] | None = getattr(request, "_roles_somewhere", None)
    if held is None:
        held = set(Membership.objects.filter(user_id=request.user.pk or 0).values_list("role", flat=True))
        setattr(request, "_roles_somewhere", held)  # noqa: B010  a name of ours on Django's object
    return bool(request.user.is_active) and not held.isdisjoint(roles)


def _site_of(row: Any, path: str) -> int:
    """The key of the site that a row's values lead to."""
    for step in path.split("__"):
        row = getattr(row, step)
    return int(row.pk if isinstance(row, Model) else row or 0)


def _named(form: Any) -> Iterable[Model]:
    """Every row that a form's values name."""
    for value in form.cleaned_data.values():
        if isinstance(value, Model):
            yield value
        elif isinstance(value, QuerySet):
            yield from value
