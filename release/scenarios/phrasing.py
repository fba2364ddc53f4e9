"""A statement of an article turned into the question a customer would ask: its own words in the order of a question.

Nothing is added but "do", "does", "can I" and the change of "you" to "I". A statement whose order is not understood
gives None: better no question than one that nobody would type.
"""

import re


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


VERBS = _set(
    "accept add agree allow answer appear apply arrive ask begin belong block book bring buy carry charge check "
    "choose claim clean close collect come confirm contain cost count cover decide deliver disappear drop dry "
    "earn end exchange expire follow get give grant hand have hire include iron join keep last leave lose need "
    "offer open order pass pay print put qualify receive refund register remove renew repair replace reply report "
    "reproof require reserve return ring save sell send ship spend spray start stay store swap take tell travel "
    "try tumble-dry turn use wait wash wax work"
)
NOUNS = _set("charge check claim cover end exchange hire offer order refund repair return store wash work")
"""Verbs that are more often nouns in front of another word; only after a pronoun do they count as verbs."""
_NO_SUBJECT = _set("with for of to from in at by on and or the a an no your our")
_PAST = {"bought": "buy", "paid": "pay", "ordered": "order"}
_PRONOUNS = _set("i you we they it this that he she")
_SINGULAR = _set("it this that he she")
_BEFORE_BARE = _PRONOUNS - _SINGULAR
_RELATIVE = _set("that who which whose what where when whether if because than")
_ADVERB = r"(?:(?:also|often|usually|normally|then|always|sometimes|therefore|only|still|no longer|never|not) )*"
_AUXILIARY = re.compile(rf"(can|could|must|may|might|will|is|are|was|were|do|does)(?:(?<=can)not)? ({_ADVERB})")
_PERFECT = re.compile(r"(has|have) ((?:been|already) )")
_LEADING = re.compile(
    r"(?P<lead>(?:If|When|Once|For|Without|On|In|After|Until|Before|With|During|At|From) (?:.+?(?=, )|(?:\S+ ){1,3}?"
    r"(?=(?:the|we|you|they|your|our|an?) )))(?:, )?(?P<rest>.+)",
    re.S,
)
_ASIDE = re.compile(
    r";|:| – |,? (?:because|unless|except|so that|even (?:if|when))\b|, (?:so|or|when|which|who|where|while|whatever|"
    r"however|even|as)\b|,? only (?:if|when)\b|,? but\b|,? and (?=(?:cannot|can|do|does|is|are|has|have|takes?|costs?|"
    r"lets?|comes|returns|needs?|always|never|then|we|you|it|they|the|your|no)\b)"
)
_OBJECT_OF = "to|for|from|with|by|of|sends?|gives?|asks?|tells?|shows?|costs?|lets?|charges?|offers?|reach|reached|ring"
_PERSONS = re.compile(
    rf"\b(?:(?P<object>{_OBJECT_OF}) you|(?P<be>are|were) you|you (?P<am>are|were)|"
    r"(?P<one>we|us|ours|our|yourself|yours|your|you))\b",
    re.I,
)
_TURNED = {
    "we": "you",
    "us": "you",
    "ours": "yours",
    "our": "your",
    "yourself": "myself",
    "yours": "mine",
    "your": "my",
    "you": "I",
    "are": "am",
    "were": "was",
}


def main_clause(sentence: str) -> str:
    """A sentence up to its first aside, condition or reason."""
    return _ASIDE.split(sentence.strip().rstrip(".!…"), maxsplit=1)[0].strip(" ,")


def question(statement: str, names: frozenset[str] = frozenset()) -> str | None:
    """One statement as a question that yes or no would answer, None where its order is not understood.

    `names`: the words that keep their capital inside a sentence.
    """
    statement, lead = statement.strip().rstrip(".!…").strip(), ""
    if (opening := _LEADING.match(statement)) is not None:
        lead, statement = opening["lead"], opening["rest"]
    asked = _imperative(statement) or _there(statement) or _inverted(lowered(statement, names))
    if asked is None:
        return None
    asked = customers(f"{asked} {lowered(lead, names)}".strip())
    return f"{asked[0].upper()}{asked[1:]}?"


def customers(words: str) -> str:
    """What the company says to a customer, as the customer says it to the company."""
    return _PERSONS.sub(_turn, words)


def lowered(words: str, names: frozenset[str]) -> str:
    """Words as they stand inside a sentence: the first one small unless it is a name or an abbreviation."""
    first = words.split(" ")[0].strip(",")
    return words if first in names or first[1:] != first[1:].lower() else words[:1].lower() + words[1:]


def _turn(match: re.Match[str]) -> str:
    if match["object"]:
        return f"{match['object']} me"
    if match["be"]:
        return f"{_TURNED[match['be'].lower()]} I"
    if match["am"]:
        return f"I {_TURNED[match['am'].lower()]}"
    return _TURNED[match["one"].lower()]


def _imperative(statement: str) -> str | None:
    """ "Report it within 14 days" or "Never wash it hot": "can I" with the same words."""
    words = re.sub(r"^(?:(?:then|please|do not|never) )+", "", statement, flags=re.I)
    first, _, rest = words.partition(" ")
    second = rest.split(" ")[0]
    if first.lower() not in VERBS or not rest or _AUXILIARY.match(f"{second} "):
        return None
    return f"can I {first.lower()} {rest}"


def _there(statement: str) -> str | None:
    match = re.match(r"There (is|are) (?:no )?(.+)", statement)
    return f"{match[1]} there {match[2]}" if match else None


def _inverted(statement: str) -> str | None:
    """The first verb that is not inside "an item that is …" goes to the front."""
    words = statement.split(" ")
    inside = words[0] in _RELATIVE - _PRONOUNS
    for at in range(1, len(words)):
        subject, verb, rest = " ".join(words[:at]), words[at], " ".join(words[at:])
        if re.search(r", (?:and|but)$", subject):
            return None
        if verb in _RELATIVE or verb in _PRONOUNS:
            inside = True
            continue
        found = _with_auxiliary(subject, rest) or _with_do(subject, verb, rest.partition(" ")[2])
        if found and not inside:
            return found
        inside = inside and not found
    return None


def _with_auxiliary(subject: str, rest: str) -> str | None:
    match = _PERFECT.match(rest) or _AUXILIARY.match(rest)
    if match is None:
        return None
    verb, adverbs = match[1], match[2].split()
    verb = "can" if verb == "must" and "not" in adverbs else verb
    kept = [word for word in adverbs if word not in ("not", "no", "never", "only", "therefore", "longer")]
    return " ".join([verb, subject.removeprefix("no "), *kept, rest[match.end() :]])


def _with_do(subject: str, verb: str, rest: str) -> str | None:
    """ "Delivery costs £5": "does delivery cost £5". The bare verb is one after a plural or a pronoun only."""
    last = subject.split()[-1]
    if last in _NO_SUBJECT:
        return None
    pronoun = last in _BEFORE_BARE
    bare = base(verb)
    if bare != verb:
        known = bare in VERBS and (bare not in NOUNS or last in _SINGULAR)
        return f"does {subject} {bare} {rest}" if known else None
    if verb in VERBS and (pronoun or (any(map(_plural, subject.split())) and verb not in NOUNS)):
        return f"do {subject} {verb} {rest}"
    return f"did {subject} {_PAST[verb]} {rest}" if pronoun and verb in _PAST else None


def _plural(word: str) -> bool:
    return word.endswith("s") and not word.endswith(("ss", "us"))


def base(verb: str) -> str:
    """The bare form of a verb of the third person; any other word as it is."""
    if verb == "has":
        return "have"
    for ending, instead in (("ies", "y"), ("es", ""), ("s", "")):
        if verb.endswith(ending) and (bare := verb[: -len(ending)] + instead) in VERBS:
            return bare
    return verb
