"""docs/getting-started.md does what it says: from a checkout to the first answer, by its own commands, and no other."""

import csv
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from release.bundles import first
from tests.server import BASE, Server, copy

pytestmark = pytest.mark.timeout(600)
MOST = 6


def commands() -> list[str]:
    """What the page tells to type, up to the first answer."""
    page = (BASE / "docs" / "getting-started.md").read_text(encoding="utf-8").split("### Then")[0]
    return [line for block in re.findall(r"```\n(.*?)```", page, re.S) for line in block.splitlines()]


def typed(command: str, home: Path, folder: Path) -> "subprocess.CompletedProcess[str]":
    """The command in a shell that knows nothing but the home; the folder it names is the test's own."""
    line = re.sub(r"((?:new|load)_site) my-shop", rf"\1 {folder}", command.replace(".venv/bin/python", sys.executable))
    bare = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    env = bare | {"HANDRAIL_HOME": str(home)}
    return subprocess.run(line, shell=True, cwd=BASE, env=env, capture_output=True, text=True)


def test_six_commands_lead_from_a_checkout_to_the_first_answer(homes: Path, tmp_path: Path) -> None:
    first, *rest = commands()
    assert first == "make run"
    assert len(rest) < MOST
    server = Server(copy(homes, "first-hour")).start()
    try:
        said = [typed(command, server.home, tmp_path / "my-shop") for command in rest]
    finally:
        server.stop()
    told = "\n".join(f"{each.args}\n{each.stdout}{each.stderr}" for each in said)
    assert not [each for each in said if each.returncode], told
    assert "to mend: manage.py grant my-shop dan=release_owner cleo=content_owner" in said[1].stderr
    assert "30 days" in said[-1].stdout, told


OWN = os.environ.get("FIRST_HOUR", "")
"""A folder of articles to go that way with, FIRST_HOUR_QUESTIONS beside it; a small shop's without."""


@pytest.mark.proof
def test_the_same_six_lead_there_with_articles_and_past_questions_of_ones_own(homes: Path, tmp_path: Path) -> None:
    articles, questions = (Path(OWN), Path(os.environ["FIRST_HOUR_QUESTIONS"])) if OWN else handed_in(tmp_path)
    ask = os.environ.get("FIRST_HOUR_ASK", "How many days do I have to send something back?")
    _, new, *rest = commands()
    rest[-1] = re.sub(r'".*"', f'"{ask}"', rest[-1])
    server = Server(copy(homes, "first-hour")).start()
    try:
        typed_out = [f"{new} --articles {articles} --questions {questions}", *rest]
        said = [typed(command, server.home, tmp_path / "my-shop") for command in typed_out]
    finally:
        server.stop()
    told = "\n".join(f"{each.args}\n{each.stdout}{each.stderr}" for each in said)
    assert not [each for each in said if each.returncode], told
    assert "level 3, customers are answered at once" in said[-2].stdout, told
    assert said[-1].stdout.startswith("answer (answered)"), told
    print(said[0].stdout.partition("\n\n")[2], said[-2].stdout, said[-1].stdout)


def handed_in(folder: Path) -> tuple[Path, Path]:
    """A small shop's articles and what people asked it, as a company has them: loose files and a CSV."""
    articles, questions = folder / "articles", folder / "questions.csv"
    articles.mkdir()
    for path in (first.SHOP / "knowledge").rglob("*.md"):
        shutil.copyfile(path, articles / path.name)
    lines = (first.SHOP / "scenarios" / "shop.jsonl").read_text(encoding="utf-8").splitlines()
    listed = re.findall(r"^  - (.*)$", (first.SHOP / first.CATEGORIES).read_text(encoding="utf-8"), re.M)
    asked = [json.loads(line)["turns"][0] for line in lines] + listed + ["Let me talk to a person, please"]
    with questions.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["question"], *([text] for text in asked)])
    return articles, questions
