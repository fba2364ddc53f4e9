"""What content owners type: policies of a source, the text of a revision, a new source."""

from typing import Any

from django import forms
from django.db.models import QuerySet

from knowledge.documents import FORMATS, MAX_BYTES, Document, DocumentError
from knowledge.models import Category, Source
from knowledge.reading import read_one
from sites.models import Site

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

    def __init__(self, *args: Any, site: Site, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = Category.objects.filter(site=site, retired=False)
        self.fields["categories"].queryset = own  # type: ignore[attr-defined]

    def policies(self) -> dict[str, Any]:
        """The fields as the verbs of `ingest` take them."""
        fields = {**self.cleaned_data}
        return {**fields, "categories": [category.slug for category in fields["categories"]]}


class TextForm(forms.Form):
    """The text of a revision: typed, or read from a file."""

    title = forms.CharField(max_length=300, required=False)
    text = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 24, "spellcheck": "true"}))
    file = forms.FileField(required=False, help_text=f"Instead of typing: {', '.join(FORMATS)}")

    document: Document

    def clean(self) -> dict[str, Any]:
        """The document in the file, or else in the fields."""
        cleaned: dict[str, Any] = super().clean() or {}
        file = cleaned.get("file")
        if file is None:
            if not cleaned.get("title", "").strip():
                self.add_error("title", "Give it a title.")
            if not cleaned.get("text", "").strip():
                self.add_error("text", "Write the text, or choose a file.")
            text = cleaned.get("text", "").replace("\r\n", "\n")
            self.document = Document(cleaned.get("title", ""), text, {})
        elif file.size > MAX_BYTES:
            self.add_error("file", f"The file is larger than {MAX_BYTES:,} bytes.")
        else:
            try:
                self.document = read_one(file.name, file.read())
            except DocumentError as error:
                self.add_error("file", str(error))
        return cleaned


class NewSourceForm(TextForm):
    """A new source, on one of the person's sites."""

    site = forms.ModelChoiceField(Site.objects.none())
    slug = forms.SlugField(
        max_length=160, allow_unicode=True, help_text="Its lasting name, unique on the site: returns-outlet"
    )
    categories = forms.ModelMultipleChoiceField(
        Category.objects.none(), required=False, widget=forms.CheckboxSelectMultiple
    )
    audience = forms.CharField(max_length=60, initial="public")

    field_order = ("site", "slug", "categories", "audience", "title", "text", "file")

    def __init__(self, *args: Any, sites: QuerySet[Site], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["site"].queryset = sites  # type: ignore[attr-defined]
        self.fields["site"].initial = sites.first()
        self.fields["categories"].queryset = Category.objects.filter(  # type: ignore[attr-defined]
            site__in=sites, retired=False
        ).select_related("site")

    def clean(self) -> dict[str, Any]:
        """A name that is free, categories of the same site."""
        cleaned = super().clean()
        site, slug = cleaned.get("site"), cleaned.get("slug")
        if site and slug and Source.objects.filter(site=site, slug=slug).exists():
            self.add_error("slug", "There is a source of this name; open it to write a new revision.")
        if site and any(category.site_id != site.pk for category in cleaned.get("categories", ())):
            self.add_error("categories", "Choose categories of the same site.")
        return cleaned
