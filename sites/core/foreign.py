"""The one door for text that others wrote: what has passed it, every database keeps and every page can show.

Half a character (a lone surrogate: JSON can write one, UTF-8 cannot) and NUL (PostgreSQL keeps neither) become U+FFFD.
Nothing else is altered: a text is kept as it was typed, in no normal form; who compares texts folds them himself.
"""

import json
import re
from collections.abc import Callable
from typing import Any

MOST = 2_500_000
"""Characters of one JSON text: as much as Django takes of a request (`DATA_UPLOAD_MAX_MEMORY_SIZE`)."""
DEEPEST = 64
"""Levels of lists and objects in each other: ten times what anything here needs, a tenth of what Python bears."""
MARK = "\ufffd"
"""What stands for a character that was none."""
TOO_DEEP = f"nested deeper than {DEEPEST} levels"

_NONE = re.compile("[\0\ud800-\udfff]")


def text(value: str) -> str:
    """The text with MARK for each half character and each NUL."""
    return _NONE.sub(MARK, value)


def clean(value: Any) -> Any:
    """A value as JSON has it, with every text in it, keys too, through `text`. Raises ValueError beyond DEEPEST."""
    return _clean(value, DEEPEST)


def loads(raw: str | bytes, *, most: int = MOST, hook: Callable[[dict[str, Any]], Any] | None = None) -> Any:
    """The value of a JSON text in UTF-8, clean; `hook` as `object_hook` of `json.loads`.

    Raises ValueError, whose words name the cause: longer than `most`, not UTF-8, nested too deeply, a number that is
    none, and json.JSONDecodeError for what is not JSON.
    """
    if len(raw) > most:
        raise ValueError(f"longer than {most:,} characters")
    try:
        written = raw if isinstance(raw, str) else raw.decode()
        return clean(json.loads(written, object_hook=hook, parse_constant=_refused, parse_float=_finite))
    except UnicodeDecodeError:
        raise ValueError("not UTF-8") from None
    except RecursionError:
        raise ValueError(TOO_DEEP) from None


class Decoder(json.JSONDecoder):
    """`loads` for those who take a decoder: the JSON fields of Django's forms."""

    def decode(self, s: str, *_: Any) -> Any:
        """The value. Raises json.JSONDecodeError, whatever is wrong with it."""
        try:
            return loads(s)
        except json.JSONDecodeError:
            raise
        except ValueError as error:
            raise json.JSONDecodeError(str(error), "", 0) from None


def _clean(value: Any, levels: int) -> Any:
    if isinstance(value, str):
        return text(value)
    if not isinstance(value, dict | list):
        return value
    if not levels:
        raise ValueError(TOO_DEEP)
    if isinstance(value, list):
        return [_clean(each, levels - 1) for each in value]
    return {_clean(key, levels): _clean(each, levels - 1) for key, each in value.items()}


def _refused(name: str) -> float:
    raise ValueError(f"{name} is no number")


def _finite(written: str) -> float:
    number = float(written)
    return number if abs(number) < float("inf") else _refused(written[:20])
