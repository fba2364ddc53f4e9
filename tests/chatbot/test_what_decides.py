"""The build's fingerprint covers what deciding reaches, and nothing else."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from chatbot.decide import build
from tests.server import BASE

LOOKING = """
import os, sys
opened = set()
sys.addaudithook(lambda event, args: opened.add(str(args[0])) if event == "open" else None)
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
import django
django.setup()
opened.clear()
from chatbot.decide import bot
from chatbot.decide.gate import reading
from chatbot.decide.screening import guard
from chatbot.decide.phrases import spelling
from knowledge.embedding.embedders import embedder
guard.screen("wher is my parcel, I can not go on"), guard.screen("Wo ist mein Paket?")
embedder().encode_one("a parcel")
print("\\n".join(path for path in opened if path.startswith(os.getcwd()) and "__pycache__" not in path))
"""


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A bot that reaches one module at its top, one inside a function of another room, and leaves one alone."""
    for name, text in {
        "chatbot/__init__.py": "",
        "chatbot/decide/__init__.py": "",
        "chatbot/decide/bot.py": "from chatbot.decide import topic",
        "chatbot/decide/topic.py": "def late():\n    import knowledge.text.words",
        "chatbot/mailing.py": "from chatbot.decide import bot",
        "knowledge/__init__.py": "",
        "knowledge/text/__init__.py": "",
        "knowledge/text/words.py": "",
        "knowledge/dead_links.py": "import knowledge.text.words",
        "chatbot/decide/phrases/anger.txt": "grr",
        "chatbot/decide/phrases/notes.md": "no phrase",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def names(house: Path) -> set[str]:
    return {str(path.relative_to(house)) for path in build.deciding(house)}


def test_what_the_bot_reaches_decides_wherever_it_is_imported(house: Path) -> None:
    rooms = ("chatbot", "chatbot/decide", "knowledge", "knowledge/text")
    modules = {"chatbot/decide/bot.py", "chatbot/decide/topic.py", "knowledge/text/words.py"}
    assert names(house) == {f"{room}/__init__.py" for room in rooms} | modules | {"chatbot/decide/phrases/anger.txt"}


def test_a_module_that_becomes_reachable_changes_the_digest(house: Path) -> None:
    before = build._digest(house, build.deciding(house))
    (house / "chatbot/decide/gate.py").write_text("BAR = 0.5")
    (house / "knowledge/dead_links.py").write_text("print('mended')")
    assert build._digest(house, build.deciding(house)) == before, "nothing reaches either"
    (house / "knowledge/text/words.py").write_text("from chatbot.decide import gate")
    assert "chatbot/decide/gate.py" in names(house)
    assert build._digest(house, build.deciding(house)) != before


def test_a_phrase_is_part_of_what_decides(house: Path) -> None:
    before = build._digest(house, build.deciding(house))
    (house / "chatbot/decide/phrases/anger.txt").write_text("argh")
    assert build._digest(house, build.deciding(house)) != before


def test_commands_pages_and_tasks_do_not_decide() -> None:
    decide = {str(path.relative_to(BASE)) for path in build.deciding(Path(BASE))}
    reached = {"chatbot/decide/bot.py", "release/live/permits.py", "knowledge/retrieval/search.py", "sites/core/sql.py"}
    assert reached <= decide
    assert not [name for name in decide if name.startswith("escalation/") or "/management/" in name or "/web/" in name]
    assert decide.isdisjoint({"knowledge/insights/links.py", "release/exposure/levels.py", "release/gate/gate.py"})


def test_every_file_of_the_project_that_deciding_opens_is_covered() -> None:
    """Python's own audit hook tells which files a process opens that screens messages and embeds one."""
    env = {**os.environ, "HANDRAIL_BUILD": "1"}
    ran = subprocess.run([sys.executable, "-c", LOOKING], cwd=BASE, env=env, capture_output=True, text=True, check=True)
    read = [path for path in ran.stdout.split("\n") if path and not path.endswith(".py")]
    opened = {path for path in read if "site-packages" not in path}  # those are the dependency locks
    assert opened, "the reader's weights at least"
    assert opened <= {str(path) for path in build.deciding(Path(BASE))}
