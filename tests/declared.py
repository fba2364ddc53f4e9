"""The sample's own declarations, and others that tests write, as a release has them."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from conversations.wording import Spoken
from release.bundles import declared
from tools.connection import Connection
from tools.declaration import Tool

SAMPLE = declared.load(Path(__file__).parents[1] / "sample" / "tools")


@dataclass(frozen=True)
class Declaring:
    """A site as a tool sees it."""

    site: str = "fernway"
    spoken: Spoken = field(default_factory=Spoken)
    tools: dict[str, Tool] = field(default_factory=lambda: dict(SAMPLE.tools))
    connections: dict[str, Connection] = field(default_factory=lambda: dict(SAMPLE.connections))

    def but(self, name: str, **changes: Any) -> "Declaring":
        """The same with some of what a tool declares changed; `...` takes a key out."""
        body = self.tools[name].as_json() | changes
        said = {key: value for key, value in body.items() if value is not ...}
        return Declaring(self.site, self.spoken, {**self.tools, name: Tool.model_validate(said)}, self.connections)
