"""Every setting stands in the reference, and the reference says of each what the settings do."""

import re

import pytest

from config import reference, settings
from tests.server import BASE, MADE_OF

OURS = ("HANDRAIL_BUILD", "PATH", "PYTEST_XDIST_WORKER", "DJANGO_SETTINGS_MODULE")
"""What the build, the tests and the system say; nobody sets it to run a site."""


def test_the_page_is_what_the_settings_make_of_it() -> None:
    assert (BASE / "docs" / "settings.md").read_text(encoding="utf-8") == reference.page()


def test_a_setting_that_nobody_described_stops_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(settings.env.read, "HANDRAIL_NEW", "")
    with pytest.raises(LookupError, match="HANDRAIL_NEW"):
        reference.page()


def test_no_room_reads_a_variable_past_the_reference() -> None:
    read = re.compile(r"""environ(?:\.get\(|\[)\s*["']([A-Z_]+)["']""")
    rooms = (path for room in MADE_OF for path in (BASE / room).rglob("*.py") if "node_modules" not in path.parts)
    found = {name for path in rooms for name in read.findall(path.read_text(encoding="utf-8"))}
    assert found - set(reference.told()) - set(OURS) == set()
