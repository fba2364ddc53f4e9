"""`python -m shop --port P --data DIR`: make the database if it is missing, then serve it on loopback.

The key comes from SHOP_KEY; without it one is made and kept in DIR/key, for whoever may read that file.
"""

import argparse
import os
import secrets
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

from shop import orders
from shop.server import Server


def key_of(data: Path) -> str:
    """The key of SHOP_KEY, else the one kept in `data`: made once, readable by its owner only."""
    if key := os.environ.get("SHOP_KEY"):
        return key
    kept = data / "key"
    if not kept.exists():
        kept.touch(mode=0o600)
        kept.write_text(secrets.token_urlsafe(24))
    return kept.read_text().strip()


def main() -> None:
    """Serve until SIGTERM or Ctrl-C; say on which port (0 chooses one)."""
    parser = argparse.ArgumentParser(prog="python -m shop", description="The demo shop's order service.")
    parser.add_argument("--port", type=int, default=8090)
    parser.add_argument("--data", type=Path, required=True, help="where its database lives")
    options = parser.parse_args()
    options.data.mkdir(parents=True, exist_ok=True)
    path = options.data / "orders.sqlite3"
    orders.create(path, datetime.now(UTC).date())
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with Server(("127.0.0.1", options.port), path, key_of(options.data)) as server:
        print(f"shop: http://127.0.0.1:{server.server_port}", flush=True)  # noqa: T201
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            sys.exit(0)


if __name__ == "__main__":
    main()
