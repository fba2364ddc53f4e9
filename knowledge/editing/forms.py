"""What content owners type or hand in: policies of a source, the text of a revision, a new source."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any, Self

from django import forms
from django.core import signing
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.http import QueryDict

from knowledge.models import Category, Gap, Remit, Source
from knowledge.readers import incoming
from knowledge.readers.documents import FORMATS, Document, DocumentError, typed
from knowledge.readers.incoming import Incoming
from knowledge.text import asked, suspicion
from knowledge.text.asked import fitting
from sites.models import Site

EDITABLE = 2_000_000
"""Bytes of a text in the editor: what Django takes in one form, with room for the other fields."""
SALT = "knowledge.incoming"

_DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class PolicyForm(forms.ModelForm):
    """What a source is for, who may see it and until when."""

    url = forms.URLField(max_length=500, required=False, assume_scheme="https", label="Customers read it at")

    class Meta:
        model = Source
        fields = ("categories", "audience", "url", "owner", "review_by", "expires")
        widgets = {"categories": forms.CheckboxSelectMultiple, "review_by": _DAY, "expires": _DAY}
        help_texts = {
            "audience": "public, internal (never shown to customers), or a name a signed-in customer must carry",
            "review_by": "From this day on it is listed as due for review.",
            "expires": "From this day on it is not quoted any more.",
        }

    def __init__(self, *args: Any, site: Site, remit: Collection[str] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = Category.objects.filter(site=site, retired=False)
        own = own if remit is None else own.filter(slug__in=remit)
        self.fields["categories"].queryset = own  # type: ignore[attr-defined]

    def policies(self) -> dict[str, Any]:
        """The fields as the verbs of `ingest` take them."""
        fields = {**self.cleaned_data}
        return {**fields, "categories": [category.slug for category in fields["categories"]]}


class TextForm(forms.Form):
    """The text of a revision: typed, or read from a file or an address, and then looked at before it is saved."""

    file = forms.FileField(
        required=False,
        widget=forms.ClearableFileInput(attrs={"accept": ",".join(FORMATS)}),
        help_text=f"Read the text from a file: {', '.join(FORMATS)}",
    )
    address = forms.CharField(
        max_length=500, required=False, label="Or an address", help_text="Read it from a public web page: https://…"
    )
    title = forms.CharField(max_length=300, required=False)
    text = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 24, "spellcheck": "true"}))
    questions = forms.CharField(
        required=False,
        label="Questions it answers",
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "true"}),
        help_text=f"One a line, as customers ask: at most {asked.MOST} of {asked.LONGEST} characters. Who asks "
        "something near one of them finds this article.",
    )
    taken = forms.CharField(required=False, widget=forms.HiddenInput)

    found: Incoming | None = None
    document: Document
    locale = ""
    asks: tuple[str, ...] = ()
    other = False  # what is stored is not letter by letter what was typed

    def clean(self) -> dict[str, Any]:
        """What is in the file or at the address (`found`), or else the document in the fields."""
        cleaned: dict[str, Any] = super().clean() or {}
        file, address = cleaned.get("file"), cleaned.get("address", "").strip()
        if file is not None or address:
            self._take("file" if file is not None else "address", file, address)
            return cleaned
        title, text = cleaned.get("title", ""), cleaned.get("text", "").replace("\r\n", "\n")
        if not title.strip():
            self.add_error("title", "Give it a title.")
        if not text.strip():
            self.add_error("text", "Write the text, or choose a file.")
        self._ask(cleaned.get("questions", ""))
        kept = _unsealed(cleaned.get("taken", ""))
        self.origin, self.url = kept.get("origin", ""), kept.get("url", "")
        read = typed(title, text)
        self.document = replace(read, warnings=tuple(dict.fromkeys((*kept.get("warnings", ()), *read.warnings))))
        self.other = read.text != text
        return cleaned

    def _ask(self, written: str) -> None:
        try:
            self.asks = asked.typed(written)
        except asked.QuestionsError as error:
            self.add_error("questions", f"{str(error)[:1].upper()}{str(error)[1:]}.")

    def _take(self, field: str, file: UploadedFile | None, address: str) -> None:
        try:
            self.found = self._read(file, address)
        except DocumentError as error:
            self.add_error(field, str(error))
            return
        if len(self.found.document.text.encode()) > EDITABLE:
            self.add_error(field, "This is longer than the editor holds. Split it, or use manage.py add_source.")
            self.found = None

    def _read(self, file: UploadedFile | None, address: str) -> Incoming:
        if file is not None:
            return incoming.from_upload(file, self.locale)
        return incoming.from_web(address, locale=self.locale)

    def stored(self) -> Self:
        """The form with the text as it would be stored, and what was left out of it said."""
        data = QueryDict(mutable=True)
        data.update(self.data)
        about = {"origin": self.origin, "url": self.url, "warnings": _besides(self.document)}
        data["taken"], data["text"] = signing.dumps(about, salt=SALT), self.document.text
        return self.again(data)

    def filled(self) -> Self:
        """The form with what was found in its fields, to be looked at and saved; nothing is lost that was typed.

        Raises ValueError where no file and no address was read.
        """
        if self.found is None:
            raise ValueError("Nothing was read from a file or an address: there is nothing to fill in.")
        data = QueryDict(mutable=True)
        data.update(self.data)
        about = {
            "origin": self.found.origin[:500],
            "url": self.found.url[:500],
            "warnings": _besides(self.found.document),
        }
        data["address"], data["taken"] = "", signing.dumps(about, salt=SALT)
        data["title"] = self.found.document.title[:300]
        data["text"] = self.found.document.text
        data["questions"] = data.get("questions") or "\n".join(_stated(self.found.document))
        data["slug"] = data.get("slug") or self.found.slug
        return self.again(data)

    def again(self, data: Any) -> Self:
        """The same form with other values."""
        return type(self)(data)


def _stated(document: Document) -> tuple[str, ...]:
    """The questions in a file's front matter; none where they are not fit to be kept."""
    try:
        return asked.read(document.front.get("questions"))
    except asked.QuestionsError:
        return ()


def _besides(document: Document) -> list[str]:
    """The warnings of reading it; those about its words are found anew when it is saved."""
    words = suspicion.notes(document.text)
    return [warning for warning in document.warnings if warning not in words]


def _unsealed(taken: str) -> dict[str, Any]:
    """What was found out when the text was read; empty for a text that was typed."""
    try:
        return dict(signing.loads(taken, salt=SALT)) if taken else {}
    except signing.BadSignature:
        return {}


class NewSourceForm(TextForm):
    """A new source, on one of the person's sites."""

    site = forms.ModelChoiceField(Site.objects.none())
    slug = forms.SlugField(
        max_length=160,
        allow_unicode=True,
        required=False,
        help_text="Its lasting name, unique on the site: returns-outlet",
    )
    categories = forms.ModelMultipleChoiceField(
        Category.objects.none(), required=False, widget=forms.CheckboxSelectMultiple
    )
    audience = forms.CharField(max_length=60, initial="public")

    gaps = forms.CharField(required=False, widget=forms.HiddenInput)

    field_order = ("site", "file", "address", "slug", "categories", "audience", "title", "text", "questions")

    def __init__(
        self, *args: Any, sites: QuerySet[Site], held: QuerySet[Category], asked: Sequence[Gap] = (), **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.sites, self.held, self.asked = sites, held, asked
        self.fields["site"].queryset = sites  # type: ignore[attr-defined]
        self.fields["site"].initial = sites.first()
        self.fields["categories"].queryset = held  # type: ignore[attr-defined]
        if asked:
            self.fields["site"].initial = asked[0].site
            self.fields["gaps"].initial = ",".join(str(gap.pk) for gap in asked)
            self.fields["categories"].initial = {gap.category_id for gap in asked if gap.category_id}
            self.fields["questions"].initial = "\n".join(fitting(gap.told for gap in asked))

    def again(self, data: Any) -> Self:
        """The same form with other values."""
        return type(self)(data, sites=self.sites, held=self.held, asked=self.asked)

    def clean(self) -> dict[str, Any]:
        """A name that is free, categories of the same site."""
        if meant := self.cleaned_data.get("site"):
            self.locale = meant.locale
        cleaned = super().clean()
        site, slug = cleaned.get("site"), cleaned.get("slug")
        if not slug and not self.found and not self.errors.keys() & {"slug", "file", "address"}:
            self.add_error("slug", "Give it a name that lasts.")
        if site and slug and Source.objects.filter(site=site, slug=slug).exists():
            self.add_error("slug", "There is a source of this name; open it to write a new revision.")
        if site and any(category.site_id != site.pk for category in cleaned.get("categories", ())):
            self.add_error("categories", "Choose categories of the same site.")
        return cleaned


class RemitForm(forms.ModelForm):
    """The categories that a content owner is limited to."""

    categories = forms.MultipleChoiceField(
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label="Answers for",
        help_text="She writes and approves the articles, examples and gaps of these alone, and reads the rest. "
        "None ticked: all of the site.",
    )
    reason = forms.CharField(max_length=500, label="Why", help_text="Kept in the record.")

    class Meta:
        model = Remit
        fields = ("categories",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = Category.objects.filter(site=self.instance.site_id)
        self.fields["categories"].choices = list(offered.values_list("slug", "title"))  # type: ignore[attr-defined]
