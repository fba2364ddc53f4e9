"""Tools and connections in the admin: a form for each, a test call before a release, and how all of them do.

What is written here is the candidate's until a release takes it live; each change is an entry in the site's chain.
"""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse

from sites.access import chosen, reporting
from sites.access.roles import account, sites_where
from sites.admin.scoped import SiteScopedAdmin, key_of
from sites.core.refusal import Refused
from sites.models import Role
from tools import forms, health, rows, trial
from tools.connection import Connection
from tools.declaration import Tool, strangers
from tools.models import Connection as ConnectionRow
from tools.models import Declaration
from tools.models import Tool as ToolRow
from tools.openapi import proposal

READERS = (Role.CONTENT_OWNER, Role.RELEASE_OWNER, Role.AUDITOR)


class DeclarationAdmin(SiteScopedAdmin):
    """A list, and one page to declare a new one or another version of it; subclasses say with which forms."""

    roles = READERS
    list_display = ("name", "title", "site")
    list_filter = (("site", admin.RelatedOnlyFieldListFilter),)
    search_fields = ("name",)
    part: type[Any]
    template = "tools/declare.html"

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody here: the page has a verb for it, which looks who still needs it."""
        return False

    @admin.display(description="Title")
    def title(self, row: Declaration) -> str:
        """What people call it."""
        return str(row.body.get("title", ""))

    def get_urls(self) -> list[URLPattern]:
        """The verb of a row, before Django's pages."""
        wrap, name = self.admin_site.admin_view, self.opts.model_name
        return [path("<int:pk>/remove/", wrap(self.remove), name=f"tools_{name}_remove"), *super().get_urls()]

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """A new one, on one of the person's sites."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        sites = self.sites(request, "add").order_by("name")
        asked = request.POST.get("site")
        site = get_object_or_404(sites, slug=asked) if asked else chosen.one(request, sites)
        return self.page(request, self.model(site=site), request.POST or None, sites=sites)

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        """One of them, and another version of it."""
        row = self.get_object(request, str(key_of(object_id)))
        if row is None or not self.has_view_permission(request, row):
            return super().change_view(request, object_id, *args, **kwargs)
        if request.method == "POST" and not self.has_change_permission(request, row):
            raise PermissionDenied
        return self.page(request, row, request.POST or None)

    def remove(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Take one out of the candidate, with a reason."""
        row = self.posted(request, pk)
        try:
            rows.remove(row, actor=account(request.user).get_username(), reason=request.POST.get("reason", ""))
        except Refused as refusal:
            messages.error(request, str(refusal))
            return self.page(request, row)
        messages.success(request, f"{row.name} is removed. What is live of it stays until the next release.")
        return HttpResponseRedirect(reverse(f"admin:tools_{self.opts.model_name}_changelist"))

    def posted(self, request: HttpRequest, pk: int) -> Any:
        """The row that a verb is posted of. Raises PermissionDenied where the person may not change it."""
        row = get_object_or_404(self.get_queryset(request), pk=pk)
        if request.method != "POST" or not self.has_change_permission(request, row):
            raise PermissionDenied
        return row

    def page(self, request: HttpRequest, row: Any, typed: Any = None, **more: Any) -> HttpResponse:
        """The page of a row, with what was typed and is not right; elsewhere once it is kept."""
        form = self.form_of(typed, row)
        if typed is not None and self._saved(request, row, form):
            return HttpResponseRedirect(reverse(f"admin:tools_{self.opts.model_name}_change", args=[row.pk]))
        may = self.has_change_permission(request, row) if row.pk else True
        title = row.name if row.pk else f"Add a {self.opts.verbose_name}"
        known = {"row": row, "may": may, "title": title, "plural": self.opts.verbose_name_plural}
        back = reverse(f"admin:tools_{self.opts.model_name}_changelist")
        verbs = {"remove": reverse(f"admin:tools_{self.opts.model_name}_remove", args=[row.pk])} if row.pk else {}
        found = {**admin.site.each_context(request), **known, "back": back, **verbs, **self.shown(form), **more}
        return render(request, self.template, found)

    def form_of(self, data: Any, row: Any) -> Any:
        """The form, or the forms together."""
        raise NotImplementedError

    def shown(self, form: Any) -> dict[str, Any]:
        """The forms as the template wants them."""
        raise NotImplementedError

    def main(self, form: Any) -> Any:
        """The form that says what is wrong with the whole."""
        return form

    def wrong(self, row: Any, said: Any) -> Sequence[str]:
        """What is wrong with a declaration beside the others of its site."""
        raise NotImplementedError

    def _saved(self, request: HttpRequest, row: Any, form: Any) -> bool:
        """One domain call, if what was typed is a declaration."""
        if not form.is_valid():
            return False
        said = forms.checked(self.part, self.main(form), form.body(), lambda said: self.wrong(row, said))
        if said is None:
            return False
        new = row.pk is None
        rows.write(row, said, actor=account(request.user).get_username())
        messages.success(
            request, f"{said.name} is {'declared' if new else 'changed'}. It counts from the next release on."
        )
        return True


@admin.register(ConnectionRow)
class ConnectionAdmin(DeclarationAdmin):
    """Where other systems are, and how they know who asks. Administrators write them: they lead out of the house."""

    writers = (Role.ADMIN,)
    part = Connection

    def get_urls(self) -> list[URLPattern]:
        """This room's own page, before Django's."""
        return [path("health/", self.admin_site.admin_view(self.health), name="tools_health"), *super().get_urls()]

    def health(self, request: HttpRequest) -> HttpResponse:
        """How the tools of one of the person's sites do."""
        sites = sites_where(request.user, "tools.view_connection").order_by("name")
        if not sites:
            raise PermissionDenied
        site = chosen.one(request, sites)
        context = {"sites": sites, "site": site, "found": list(health.of(site)), "title": f"Tools of {site}"}
        back = reverse("admin:tools_connection_changelist")
        shown = {**admin.site.each_context(request), **context, "back": back, "plural": "connections"}
        return render(request, "tools/health.html", shown)

    def form_of(self, data: Any, row: Any) -> Any:
        """One form."""
        return forms.ConnectionForm(data, initial=forms.ConnectionForm.initial_of(row.body))

    def shown(self, form: Any) -> dict[str, Any]:
        """One form and nothing else."""
        return {"form": form}

    def wrong(self, row: Any, said: Connection) -> Sequence[str]:
        """A name that is taken."""
        return _taken(row, said.name)


@admin.register(ToolRow)
class ToolAdmin(DeclarationAdmin):
    """What may be looked up, and what is said of it."""

    writers = (Role.RELEASE_OWNER,)
    part = Tool

    def form_of(self, data: Any, row: Any) -> Any:
        """The tool, its arguments, what it keeps and its outcomes."""
        return forms.Declaring(data, row.body)

    def main(self, form: Any) -> Any:
        """The form of the tool itself."""
        return form.tool

    def shown(self, form: Any) -> dict[str, Any]:
        """Each part under its heading."""
        return {"form": form.tool, "sections": form.sections}

    def page(self, request: HttpRequest, row: Any, typed: Any = None, **more: Any) -> HttpResponse:
        """The page of a tool, with the way to an incident about it."""
        user = account(request.user)
        report = reporting.address(user, row.site, "tool", row.name) if row.pk else ""
        return super().page(request, row, typed, report=report, **more)

    def wrong(self, row: Any, said: Tool) -> Sequence[str]:
        """What it names and nobody declares, and what would no longer be declared for others."""
        held = trial.candidate(row.site)
        others = {name: tool for name, tool in held.tools.items() if name != row.name}
        found = strangers({**others, said.name: said}, held.connections)
        return [*_taken(row, said.name), *(f"{name}: {text}" for name, _, text in found)]

    def get_urls(self) -> list[URLPattern]:
        """The test call and the start from a document, before the rest."""
        wrap = self.admin_site.admin_view
        own = [path("<int:pk>/test/", wrap(self.test), name="tools_test"),
               path("openapi/", wrap(self.openapi), name="tools_openapi")]  # fmt: skip
        return [*own, *super().get_urls()]

    def openapi(self, request: HttpRequest) -> HttpResponse:
        """A document, then one of its operations, then the form filled in from it; nothing is kept before that."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        sites = self.sites(request, "add").order_by("name")
        asked = request.POST.get("site")
        site = get_object_or_404(sites, slug=asked) if asked else chosen.one(request, sites)
        form = forms.DocumentForm(request.POST or None, request.FILES or None)
        if form.is_valid() and form.cleaned_data["operation"]:
            try:
                return self._proposed(request, site, sites, form.cleaned_data)
            except Refused as refusal:
                form.add_error(None, str(refusal))
        found = {"form": form, "site": site, "sites": sites, "connections": sorted(trial.candidate(site).connections)}
        back = {"back": reverse("admin:tools_tool_changelist"), "plural": "tools", "title": "Start from OpenAPI"}
        return render(request, "tools/openapi.html", {**admin.site.each_context(request), **found, **back})

    def _proposed(self, request: HttpRequest, site: Any, sites: Any, said: Any) -> HttpResponse:
        read = said["read"]
        connection = request.POST.get("connection", "")[:60]
        made = proposal.propose(read, read.operation(said["operation"]), connection)
        row = self.model(site=site, body=made.tool)
        return self.page(request, row, sites=sites, proposal=made, operation=said["operation"], chosen=connection)

    def test(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A test call, with what it came to."""
        row = self.posted(request, pk)
        person, message = request.POST.get("person", "")[:254], request.POST.get("message", "")[:500]
        try:
            found, ms = trial.call(row.site, row.name, person, message, actor=account(request.user))
        except Refused as refusal:
            messages.error(request, str(refusal))
            return self.page(request, row, person=person, message=message)
        return self.page(request, row, person=person, message=message, found=found, ms=ms)


def _taken(row: Declaration, name: str) -> list[str]:
    same = type(row)._default_manager.filter(site=row.site, name=name).exclude(pk=row.pk)
    return [f"“{name}” is declared on this site already; choose another name"] if same.exists() else []
