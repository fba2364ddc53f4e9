"""The forms of a connection and a tool: every value of a declaration in a field of its own, or in lines of text.

What is typed is put together as a declaration and checked as one that comes from a file is.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from pydantic import ValidationError as Mistakes

from sites.core import foreign, parts
from sites.core.refusal import Refused
from tools import typed
from tools.arguments import CLAIMS
from tools.connection import NEEDS
from tools.declaration import METHODS
from tools.openapi import document
from tools.reply import TYPES

Body = dict[str, Any]


def _text(label: str, help_text: str = "", **more: Any) -> forms.CharField:
    return forms.CharField(label=label, help_text=help_text, required=False, max_length=1_000, **more)


def _lines(label: str, help_text: str = "", rows: int = 3) -> forms.CharField:
    area = forms.Textarea(attrs={"rows": rows, "spellcheck": "false"})
    return forms.CharField(label=label, help_text=help_text, required=False, max_length=20_000, widget=area)


def _whole(label: str, help_text: str = "") -> forms.IntegerField:
    return forms.IntegerField(label=label, help_text=help_text, required=False)


def _one_of(label: str, values: Iterable[str], help_text: str = "") -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=[(v, v or "—") for v in values], required=False, help_text=help_text)


class Rowed(forms.Form):
    """A form whose values of lines are read as what they stand for."""

    read: Mapping[str, Callable[[str], Any]] = {}
    called: Sequence[str] = ()
    """Fields whose values say which of several this is, where it is folded."""

    @property
    def heading(self) -> str:
        """What it is called while it is folded; nothing of one that is empty."""
        said = [str(self[name].value() or "").strip().partition("\n")[0] for name in self.called]
        return " · ".join(each for each in said if each)[:120] if self.initial or self.has_changed() else ""

    def clean(self) -> Body:
        """What was typed, without what was left empty."""
        said = {key: value for key, value in (super().clean() or {}).items() if value not in (None, "", False)}
        for name in self.read.keys() & said.keys():
            try:
                said[name] = self.read[name](said[name])
            except ValueError as error:
                self.add_error(name, str(error))
        return said


class ConnectionForm(Rowed):
    """A connection."""

    read = {"private": typed.lines, "test_as": typed.lines}
    name = _text("Name", "Small letters, digits and underscores.")
    title = _text("Title", "What customers read as the source: “Order system”.")
    owner = _text("Owner")
    url = _text("Base address", "https://api.example.com/v1, or $TOOL_NAME to read it from that variable.")
    private = _lines("Private addresses that may be asked", "A network a line: 10.1.2.0/24. None: public ones only.")
    test_as = _lines("Persons a test call may be made as", "A customer's id a line: made up, or of your own people.")
    kind = _one_of("How it knows who asks", ("", *NEEDS))
    secret = _text("Variable that holds the secret", "Its name, like TOOL_SHOP_KEY; never the secret itself.")
    user = _text("User", "basic")
    header = _text("Header", "header, hmac")
    token_url = _text("Address of the token", "oauth2")
    client = _text("Client", "oauth2")
    scope = _text("Scope", "oauth2")

    AUTH = ("kind", "secret", "user", "header", "token_url", "client", "scope")

    @classmethod
    def initial_of(cls, body: Body) -> Body:
        """The values of a declaration for the form."""
        listed = {key: "\n".join(body.get(key, ())) for key in ("private", "test_as")}
        return {**body, **listed, **(body.get("auth") or {})}

    def body(self) -> Body:
        """The declaration that was typed."""
        said = dict(self.cleaned_data)
        auth = {key: said.pop(key) for key in self.AUTH if key in said}
        return {**said, **({"auth": auth} if auth else {})}


class DocumentForm(forms.Form):
    """An OpenAPI document, uploaded or pasted, and one of its operations."""

    file = forms.FileField(label="File", required=False, help_text="YAML or JSON, OpenAPI 3.0 or 3.1.")
    text = _lines("Or paste it", rows=10)
    operation = forms.CharField(required=False, max_length=600)

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.fields["text"].max_length = None  # type: ignore[attr-defined]
        self.fields["text"].validators = []

    def clean(self) -> Body:
        """The document under `read`; what was uploaded is the text from here on."""
        said = super().clean() or {}
        held = said.get("file")
        raw = held.read(document.LARGEST + 1).decode("utf-8-sig", "replace") if held else said.get("text", "")
        if not raw.strip():
            raise ValidationError("Choose a file or paste the document.")
        try:
            said["read"] = document.read(foreign.text(raw))
        except Refused as refusal:
            raise ValidationError(str(refusal)) from None
        self.document, self.shown = said["read"], raw
        return said


class ToolForm(Rowed):
    """A tool, but for its arguments, what it keeps and its outcomes."""

    name = _text("Name", "Small letters, digits and underscores.")
    title = _text("Title", "What a button says where two tools may be meant.")
    purpose = _text("What it is for")
    owner = _text("Owner")
    access = _one_of("It", ("read", "write"), "What writes waits for a person's yes.")
    change = _text("What changes", "Of one that writes, as agent and customer read it: Order $number is cancelled")
    reversible = _text("Undone by", "The tool that undoes what this one writes.")
    valid_for = _whole("Minutes to approve it in")
    undo_for = _whole("Minutes it can be undone in")
    reroutes = forms.BooleanField(label="It changes where things are sent", required=False)
    fresh = _whole("Minutes since the sign-in, at most", "Of what needs a fresh one.")
    repeats = forms.BooleanField(label="Repeats are known by their key", required=False)
    identity = _one_of("For", ("verified", "none"), "verified: signed-in customers; none: anybody.")
    per_person = _whole("Calls a minute for one person")
    per_site = _whole("Calls a minute for the whole site")
    timeout = _whole("Seconds it may take")
    connection = _text("Connection")
    method = _one_of("Method", METHODS)
    path = _text("Path", "/orders/{number}: an argument in braces.")
    query = _lines("Query", "customer = {customer}, a line each.", 2)
    body_ = _lines("Body", "The same, sent as JSON.", 2)
    belongs_to = _lines("A reply belongs to", "$.customer = customer: a path in it, and the argument it must equal.", 2)
    guest_proves = _text("Guests: what they name", "An argument. Empty: nobody without an account is let in.")
    guest_thing = _text("Guests: in words", "order $number")
    guest_question = _text("Guests: asked for it", "What is the number of your order?")
    guest_path = _text("Guests: look-up of the address", "/orders/{number}/contact, on the same connection.")
    guest_query = _lines("Guests: its query", "", 2)
    guest_email = _text("Guests: path of the address", "$.email: a code goes there, and it is kept nowhere.")
    guest_customer = _text("Guests: path of whose it is", "$.customer, in place of the claim.")
    guest_belongs_to = _lines("Guests: the look-up belongs to", "$.number = number", 2)
    citation = _text("Cited as", "Else the title of the connection.")
    examples = _lines("Examples", "What customers write when they mean this tool, a line each.", 4)

    GUEST = ("proves", "thing", "question", "path", "query", "email", "customer", "belongs_to")

    read = {
        **dict.fromkeys(("query", "body_", "belongs_to", "guest_query", "guest_belongs_to"), typed.pairs),
        "examples": typed.lines,
    }

    @classmethod
    def initial_of(cls, body: Body) -> Body:
        """The values of a declaration for the form."""
        request = body.get("request", {})
        pairs = {"query": request.get("query", {}), "body_": request.get("body", {}),
                 "belongs_to": body.get("belongs_to", {})}  # fmt: skip
        guest = {f"guest_{key}": said for key, said in (body.get("guest") or {}).items()}
        pairs |= {key: guest.get(key, {}) for key in ("guest_query", "guest_belongs_to")}
        return {
            "access": "write", "identity": "verified", **body, **request, **guest,
            **{f"per_{key}": most for key, most in body.get("limits", {}).items()},
            **{key: typed.of_pairs(said) for key, said in pairs.items()},
            "examples": "\n".join(body.get("examples", ())),
        }  # fmt: skip


class ArgumentForm(Rowed):
    """One argument."""

    read = {"choices": typed.choices}
    called = ("name", "claim", "question")
    name = _text("Argument")
    claim = _one_of("Signed claim", ("", *CLAIMS), "Who the customer is; then nothing else.")
    type = _one_of("Type", ("text", "number", "date"))
    pattern = _text("Pattern", "Finds it in what the customer writes.")
    written = _text("Written as", "FW-$found")
    most = _whole("At most")
    call = _text("Earlier call", "orders.orders.number: tool, rows, value.")
    question = _text("Question", "Asked where nothing else gives it; $choices are the rows of the earlier call.")
    choices = _lines("Buttons", "A line each: what it says = its value.", 2)
    button = _text("Button of a row", "Where is my order $number?")


class FieldForm(Rowed):
    """One value of a reply; “rows.value” is a value of each row of “rows”."""

    read = {"words": typed.pairs, "of": typed.lines, "each": typed.sentences}
    called = ("slot", "type", "path")
    slot = _text("Value", "Its name in sentences; orders.number is one of each row of orders.")
    path = _text("Path", "$.order.status")
    type = _one_of("Type", (*TYPES, "rows"))
    optional = forms.BooleanField(label="May be missing", required=False)
    least = _whole("At least", "Characters, size or rows.")
    most = _whole("At most")
    pattern = _text("Pattern", "All of a text.")
    words = _lines("Words of a choice", "packed = waiting for $carrier", 2)
    of = _lines("Other values of a choice", "A line each.", 2)
    each = _lines("How a row is said", "[quantity is 1] “$name”: the first line that holds.", 2)
    show = _whole("Rows named")


class OutcomeForm(Rowed):
    """What is said of one kind of reply."""

    read = {"when": typed.conditions, "say": typed.sentences}
    called = ("reply", "when", "say")
    reply = _text("Status", "200, or several with commas.")
    when = _text("Only where", "orders is none")
    say = _lines("Says", "A sentence a line; [due is past] in front says it only then.", 3)


class Declaring:
    """The forms of a tool together."""

    def __init__(self, data: Any = None, body: Body | None = None) -> None:
        body = body or {}
        self.tool = ToolForm(data, initial=ToolForm.initial_of(body))
        self.arguments = _formset(ArgumentForm, "arguments", data, _arguments_of(body))
        self.keep = _formset(FieldForm, "keep", data, _fields_of(body))
        self.outcomes = _formset(OutcomeForm, "outcomes", data, _outcomes_of(body))

    @property
    def sections(self) -> list[tuple[str, str, Any]]:
        """The parts of which there are several: heading, what it is, formset."""
        return [
            (
                "Arguments",
                "Each from a signed claim alone, or from a pattern, an earlier call, a question.",
                self.arguments,
            ),
            ("What is read of a reply", "Nothing else is kept.", self.keep),
            ("What is said", "The first outcome whose status and conditions hold.", self.outcomes),
        ]

    def is_valid(self) -> bool:
        """Whether every field can be read at all."""
        valid = [each.is_valid() for each in (self.tool, self.arguments, self.keep, self.outcomes)]
        return all(valid)  # each is asked, so that all that is wrong is shown at once

    def body(self) -> Body:
        """The declaration that was typed."""
        said = dict(self.tool.cleaned_data)
        limits = {key: said.pop(f"per_{key}") for key in ("person", "site") if f"per_{key}" in said}
        request: Body = {key: said.pop(key) for key in ("connection", "method", "path", "query") if key in said}
        request |= {"body": said.pop("body_")} if "body_" in said else {}
        guest = {key: said.pop(f"guest_{key}") for key in ToolForm.GUEST if f"guest_{key}" in said}
        return {
            **said, **({"guest": guest} if guest else {}), **({"limits": limits} if limits else {}), "request": request,
            "arguments": dict(map(_argument, _filled(self.arguments))), "keep": _keep(_filled(self.keep)),
            "outcomes": [_outcome(each) for each in _filled(self.outcomes)],
        }  # fmt: skip


def checked(part: type[Any], form: forms.Form, body: Body, others: Callable[[Any], Sequence[str]]) -> Any:
    """What was typed as a declaration; None with what is wrong said on the form. `others`: what else is."""
    try:
        said = part.model_validate(body)
    except Mistakes as error:
        for place, text in parts.mistakes(error):
            where = " › ".join(str(step + 1) if isinstance(step, int) else str(step) for step in place)
            form.add_error(None, ValidationError(f"{where}: {text}" if where else text))
        return None
    wrong = others(said)
    for text in wrong:
        form.add_error(None, ValidationError(text))
    return None if wrong else said


# ── Inside ────────────────────────────────────────────────────────────────────────────────────────────────────


def _formset(form: type[forms.Form], prefix: str, data: Any, initial: list[Body]) -> Any:
    made = forms.formset_factory(form, extra=2, can_delete=True, max_num=60)
    return made(data, prefix=prefix, initial=initial)


def _filled(formset: Any) -> list[Body]:
    return [
        {key: value for key, value in each.cleaned_data.items() if key != "DELETE"}
        for each in formset.forms
        if each.has_changed() or each.initial
        if each.cleaned_data.keys() - {"type", "DELETE"} and not each.cleaned_data.get("DELETE")
    ]


def _argument(said: Body) -> tuple[str, Body]:
    name = said.pop("name", "")
    ask = {key: said.pop(key) for key in ("question", "choices", "button") if key in said}
    return name, {**said, **({"ask": ask} if ask else {})}


def _arguments_of(body: Body) -> list[Body]:
    found = []
    for name, said in body.get("arguments", {}).items():
        ask = said.get("ask") or {}
        buttons = typed.of_choices(ask.get("choices", ()))
        found.append({"name": name, "type": "text", **said, **ask, "choices": buttons})
    return found


def _keep(rows: list[Body]) -> Body:
    """The fields, those named “rows.value” inside their rows."""
    keep: Body = {}
    for said in rows:
        above, _, slot = said.pop("slot", "").rpartition(".")
        if said.get("type") == "rows":
            said = {**said, "rows": {}}
            del said["type"]
        (keep.setdefault(above, {"path": "$"}).setdefault("rows", {}) if above else keep)[slot] = said
    return keep


def _fields_of(body: Body) -> list[Body]:
    found = []
    for slot, said in body.get("keep", {}).items():
        found.append(_field(slot, said))
        found += [_field(f"{slot}.{name}", inner) for name, inner in said.get("rows", {}).items()]
    return found


def _field(slot: str, said: Body) -> Body:
    shown = {"type": "rows" if said.get("rows") else "text", **said, "slot": slot}
    words, of = typed.of_pairs(said.get("words", {})), "\n".join(said.get("of", ()))
    return {**shown, "words": words, "of": of, "each": typed.of_sentences(said.get("each", ()))}


def _outcome(said: Body) -> Body:
    reply = [int(each) if each.strip().isdigit() else each for each in said.pop("reply", "200").split(",")]
    return {"reply": reply, "say": [], **said}


def _outcomes_of(body: Body) -> list[Body]:
    return [
        {
            "reply": ", ".join(map(str, said.get("reply", (200,)))),
            "when": typed.of_conditions(said.get("when", {})),
            "say": typed.of_sentences(said["say"]),
        }
        for said in body.get("outcomes", ())
    ]
