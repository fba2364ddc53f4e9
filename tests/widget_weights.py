"""`python -m tests.widget_weights`: what our widget weighs beside others, from what they have published.

Fetches each package with `npm pack`, in the version written down here, and counts the files a page loads before a first
answer, each gzip -9 by itself, as ours. Prints a table in Markdown. What a package's own server or a content network
adds (an iframe's page, fonts, a framework that is expected on the page) is not counted, so theirs are lower bounds.
"""

import gzip
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

OTHERS = (
    ("deep-chat", "2.4.2", ("dist/deepChat.bundle.js",)),
    ("@botpress/webchat", "4.5.2", ("dist/index.js", "dist/style.css")),
    ("@typebot.io/js", "0.10.7", ("dist/web.js",)),
    ("@n8n/chat", "1.37.0", ("dist/chat.bundle.es.js",)),
    ("rasa-webchat", "1.0.1", ("lib/index.js",)),
)
"""Package, version, and the files that its own instructions have a page load."""


def packed(data: bytes) -> int:
    return len(gzip.compress(data, 9))


def theirs(package: str, version: str, files: tuple[str, ...], folder: Path) -> int:
    """Bytes of a published package's files, compressed. Raises CalledProcessError, KeyError."""
    order = ["npm", "pack", "--silent", f"{package}@{version}"]
    done = subprocess.run(order, cwd=folder, capture_output=True, text=True, check=True)
    with tarfile.open(folder / done.stdout.split()[-1]) as archive:
        held = [archive.extractfile(f"package/{file}") for file in files]
        return sum(packed(each.read()) for each in held if isinstance(each, io.BufferedReader))


def ours() -> tuple[int, int]:
    """Bytes of the first file with the words of its first frame, in English without a site's own; and of the second."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.environ.setdefault("DEBUG", "1")
    import django

    django.setup()
    from django.test import Client

    from conversations.wording import Spoken

    client = Client(headers={"host": "localhost"})
    first, second = (client.get(f"/w/{name}.js").content for name in ("v1", "more"))
    words = json.dumps(Spoken().unheld(""), ensure_ascii=False, separators=(",", ":"))
    return packed(first) + packed(words.encode()), packed(second)


def main() -> None:
    if shutil.which("npm") is None:
        sys.exit("npm is needed to fetch what others have published.")
    first, second = ours()
    print("| widget | kB, gzip |\n|---|---|")
    print(f"| Handrail, for a first answer; with the second file | {first / 1000:.1f}; {(first + second) / 1000:.1f} |")
    with tempfile.TemporaryDirectory() as folder:
        for package, version, files in OTHERS:
            weight = theirs(package, version, files, Path(folder))
            print(f"| {package} {version} ({', '.join(files)}) | {weight / 1000:.1f} |")


if __name__ == "__main__":
    main()
