"""The page on which an auditor takes the record of some days, or of one person, out as a file; one call of `export`."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from itertools import islice
from typing import Any

from asgiref.sync import sync_to_async
from django import forms
from django.contrib import messages
from django.contrib.admin import site as admin_site
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from conversations import export
from sites.access.roles import Person, account, sites_of
from sites.core.refusal import Refused
from sites.models import Role, Site

FORMS = (
    ("csv", "A table of turns (CSV)"),
    ("jsonl", "All of each conversation (JSON, a line each)"),
    ("person", "One person, for them (JSON, a line a conversation)"),
)
AT_ONCE = 50  # pieces of a file that are sent together


class ExportForm(forms.Form):
    """Of which site, what, and of which days or whom."""

    site = forms.ModelChoiceField(Site.objects.none(), to_field_name="slug")
    what = forms.ChoiceField(choices=FORMS, initial="csv")
    since = forms.DateField(
        label="From", required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    until = forms.DateField(
        label="To", required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    sub = forms.CharField(
        label="Person", required=False, max_length=200, help_text="The name (`sub`) that your own sign-in gives them."
    )

    def __init__(self, person: Person, *args: Any) -> None:
        super().__init__(*args)
        choice, today = self.fields["site"], timezone.localdate()
        assert isinstance(choice, forms.ModelChoiceField)
        choice.queryset = sites_of(person, Role.AUDITOR).order_by("name")
        choice.initial = choice.queryset.first()
        self.fields["since"].initial, self.fields["until"].initial = today - timedelta(days=30), today

    def clean(self) -> dict[str, Any]:
        """Days for a period, a name for a person."""
        given = dict(super().clean() or {})
        if given.get("what") == "person":
            if not given.get("sub"):
                self.add_error("sub", "Whose?")
        else:
            for name in ("since", "until"):
                if not given.get(name) and name not in self.errors:
                    self.add_error(name, "Which day?")
        return given


@require_http_methods(["GET", "POST"])
def page(request: HttpRequest) -> HttpResponseBase:
    """The form; posted, the file."""
    person = account(request.user)
    if not sites_of(person, Role.AUDITOR).exists():
        raise PermissionDenied("Auditors and administrators of a site take its record out.")
    form = ExportForm(person, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            return _file(form.cleaned_data, person)
        except Refused as refusal:
            messages.error(request, str(refusal))
    context = {**admin_site.each_context(request), "title": "Take out the record", "form": form}
    return render(request, "conversations/export.html", context)


def _file(given: dict[str, Any], person: Person) -> HttpResponse | StreamingHttpResponse:
    site, what = given["site"], given["what"]
    if what == "person":
        pieces, name = export.person(site, given["sub"], actor=person), "person"
    else:
        taken = export.turns if what == "csv" else export.conversations
        pieces, name = taken(site, given["since"], given["until"], actor=person), f"{given['since']}-{given['until']}"
    kind, ending = ("text/csv", "csv") if what == "csv" else ("application/x-ndjson", "jsonl")
    response = StreamingHttpResponse(_sent(pieces), content_type=f"{kind}; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{site.slug}-{name}.{ending}"'
    return response


async def _sent(pieces: Iterator[str]) -> AsyncIterator[str]:
    """A few at a time, each read in a thread: the loop serves others meanwhile."""
    while some := await sync_to_async(lambda: list(islice(pieces, AT_ONCE)))():
        yield "".join(some)
