"""Names of people where their place gives them away: a salutation, a signature, "my name is". Pure and total."""

import re

_NAME = r"(?:(?:Mr|Mrs|Ms|Miss|Dr)\.? )?[A-Z][\w'’-]{1,30}(?: [A-Z][\w'’-]{1,30}){0,2}"
_WHOLE = r"(?:(?:Mr|Mrs|Ms|Miss|Dr)\.? )?[A-Z][\w'’-]{1,30} [A-Z][\w'’-]{1,30}"
_NOBODY = r"(?!(?:There|All|Team|Everyone|Everybody|Again|Customer|Sir|Madam)\b)"
PLACES = (
    (re.compile(rf"(?m)^((?:## )?(?:[Hh]i|[Hh]ello|[Hh]ey|[Dd]ear)) {_NOBODY}{_NAME}(?=[,.!:]| ?$)"), r"\1 •••"),
    (re.compile(rf"((?:[Rr]egards|[Ss]incerely|[Cc]heers|[Bb]est wishes),\s{{1,3}}){_NAME}(?=\s*$|[.,]?\n)"), r"\1•••"),
    (re.compile(rf"\b([Mm]y name is) {_NAME}(?=[ ,.!]|$)"), r"\1 •••"),
)
INTRODUCED = (re.compile(rf"\b(I am|I'm|I’m|[Tt]his is) {_WHOLE}(?=[ ,.!]|$)"), r"\1 •••")
"""Two words with capitals behind these may be a place as well: masked only where nothing hangs on them."""
NUMBER = re.compile(r"(?<!\w)(?:[A-Za-z]{1,4}[-/]?\d{4,24}|\+?\d(?:[ ()./-]{0,2}\d){5,24})(?!\w)")
"""Numbers of orders and customers: four digits behind a few letters, or six and more."""


def without_names(text: str) -> str:
    """The text without names in salutations, signatures and "my name is"; its lines stay as they are."""
    for pattern, instead in PLACES:
        text = pattern.sub(instead, text)
    return text


def nobodys(text: str) -> str:
    """The text without anything by which its place or form says that it is a person's, or leads to one."""
    pattern, instead = INTRODUCED
    return NUMBER.sub("[number]", pattern.sub(instead, without_names(text)))
