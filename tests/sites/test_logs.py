"""The log: a fixed sentence and what it names, with request, conversation and turn; what repeats once a minute."""

import ast
import json
import logging

import pytest
from django.test import Client

from sites.core import logs
from tests.server import BASE

ROOMS = ("config", "chatbot", "escalation", "release", "tools", "conversations", "knowledge", "sites")
CATALOGUE = {
    "Redis is away (%s); other processes hear of changes later until it is back.": "the error of the library",
    "Redis is back.": "",
    "whether %s has anything to do could not be seen: it is asked for": "a task's name",
    "A collector of traces is named, and opentelemetry-sdk with its exporter is not installed.": "",
    "%s": "a site that fell: its slug, release and parts of the build",
    "turn %s could not be decided": "a number",
    "The database does not answer; a customer's frame was not taken.": "",
    "no code was sent for proof %s: %s": "a number, and which rule the look-up of its address broke",
    "the model gave no choice: %s (%s)": "how it failed, by its name and status",
    "quotes of %s are shown as they are stored: %s": "a source's number, and which rules a drawing broke",
    "an urgent handoff could not be mailed to one of the named people: no e-mail address": "",
    "an urgent handoff was mailed to nobody: %s": "the mail server's error",
    "the attacking model gave no suggestion: %s": "the error's kind",
    "a scenario could not be decided": "",
    "conversation %s is kept a little longer: %s": "a number, and which room needs it",
    "the search index does not answer, searching exactly: %r": "the library's error",
    "somebody named in a note has no e-mail address that can be written to": "",
    "The sign-in keys of %s could not be fetched: %s": "the address in the settings, and the error",
    "an alert could not be mailed: %s": "the mail server's error",
    "second_factor.reset: %s by %s: %s": "two accounts, and staff's reason",
    "account.deleted: %s": "an account",
    "account.changed: %s by %s: %s": "two accounts, and what changed",
    "signed in: %s with %s, from %s": "an account, how, an address",
    "sign-in failed: %s, wrong %s, from %s": "an account, how, an address",
    "sign-in throttled: %s, too many tries, from %s": "an account, an address",
    "sign-in refused: %s, from %s: %s": "an account, an address, our sentence",
    "signed out: %s, %s": "an account, why",
    "A customer's file was not taken, for the scanner could not be asked: %s": "the error's kind",
    "A customer's file was not taken, for the scanner ended with %s.": "a number",
    "%s: %s, from %s": "a kind of event, an account, an address",
}
"""Every sentence that is logged, and what stands in for its marks: nothing that a customer wrote."""
WORDS = {"text", "question", "words", "message", "comment", "body", "prompt", "content", "page", "contact"}
"""Names under which a customer's words go."""
LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}


def calls():
    """(file, call) of every line that logs."""
    loggers = ("log", "logger", "signins.log", "logging")
    for room in ROOMS:
        for path in (BASE / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                    continue
                if node.func.attr in LEVELS and ast.unparse(node.func.value) in loggers:
                    yield path, node


def test_every_line_is_a_fixed_sentence_of_the_catalogue():
    found = {node.args[0].value if isinstance(node.args[0], ast.Constant) else ast.unparse(node) for _, node in calls()}
    assert found == set(CATALOGUE)


def test_no_line_is_given_what_a_customer_wrote():
    for path, node in calls():
        parts = [part for given in node.args[1:] for part in ast.walk(given)]
        names = {part.attr for part in parts if isinstance(part, ast.Attribute)}
        names |= {part.id for part in parts if isinstance(part, ast.Name)}
        assert not names & WORDS, f"{path}:{node.lineno}"


@pytest.fixture
def logged():
    """A logger whose lines come out as they would on stderr."""
    lines: list[str] = []

    class Kept(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(self.format(record))

    handler = Kept()
    handler.setFormatter(logs.Json())
    handler.addFilter(logs.Seldom())
    loggers = [logging.getLogger(name) for name in ("chatbot.turn", "kombu.connection", "django.request")]
    for each in loggers:
        each.addHandler(handler)
    yield lines
    for each in loggers:
        each.removeHandler(handler)


def test_a_line_says_what_it_is_about_and_an_error_keeps_its_words_to_itself(logged):
    log = logging.getLogger("chatbot.turn")
    try:
        with logs.about(conversation="c-1", turn=7):
            raise ValueError("My card is 4111 1111 1111 1111")
    except ValueError:
        with logs.about(conversation="c-1", turn=7):
            log.exception("turn %s could not be decided", 7)
    (line,) = map(json.loads, logged)
    assert (line["event"], line["with"]) == ("turn %s could not be decided", ["7"])
    assert (line["conversation"], line["turn"], line["error"]) == ("c-1", "7", "ValueError")
    assert "4111" not in logged[0]


def test_what_is_away_is_said_once_a_minute_and_turns_each_time(logged, monkeypatch):
    now = 1_000.0
    monkeypatch.setattr(logs.time, "monotonic", lambda: now)

    def noise(times: int) -> None:
        for _ in range(times):
            logging.getLogger("kombu.connection").error("Connection to broker lost: %s", "refused")
            logging.getLogger("chatbot.turn").error("turn %s could not be decided", 1)

    noise(500)
    now += 61
    noise(2)
    lines = [json.loads(line) for line in logged]
    assert [line.get("left_out") for line in lines if line["logger"] == "kombu.connection"] == [None, 499]
    assert len([line for line in lines if line["logger"] == "chatbot.turn"]) == 502


@pytest.mark.django_db
def test_a_request_has_a_number_in_its_answer_and_a_secret_link_is_in_no_log(logged):
    answer = Client().get("/t/a-secret-of-a-conversation", headers={"X-Request-ID": "from-the-proxy-1"})
    assert answer["X-Request-ID"] == "from-the-proxy-1"
    assert len(Client().get("/healthz", headers={"X-Request-ID": "x\ny"})["X-Request-ID"]) == 16
    assert "a-secret" not in "".join(logged)
    assert any("/t/…" in line and "from-the-proxy-1" in line for line in logged)
