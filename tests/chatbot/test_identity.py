"""Only what the site signed, for this site, for now, is an identity."""

import random
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.chatbot.forgery import FORGERIES, KEY, RINGS, claims, real, signed, token
from tools import identity

WORDS = ["HS256", "none", "k1", "JWT", "ada", "fernway", "", "1"]
ODD = (
    st.none()
    | st.booleans()
    | st.integers(-5, 2**70)
    | st.sampled_from([10**400, 1e300])
    | st.floats()
    | st.sampled_from(WORDS)
)
NESTED = st.lists(ODD, max_size=2) | st.dictionaries(st.just("k1"), ODD)


@pytest.fixture(autouse=True)
def _rings(settings: Any) -> None:
    settings.HANDRAIL_IDENTITY_KEYS = RINGS


def test_a_token_of_the_site_names_its_customer() -> None:
    ada = identity.verify(real("ada", name=" Ada\n Byron ", audiences=["trade", "internal", 7, ""]), "fernway")
    assert (ada.sub, ada.name, ada.audiences) == ("ada", "Ada Byron", frozenset({"trade"}))
    assert not ada.expired


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forgery_is_refused(forgery: str) -> None:
    dice = random.Random(forgery)
    for _ in range(20):
        with pytest.raises(identity.BadIdentity) as refused:
            identity.verify(FORGERIES[forgery](dice), "fernway")
        assert "ada" not in str(refused.value)


@given(st.text(max_size=300) | st.text(alphabet="ey.JAhbGci_-0", max_size=300))
def test_any_text_is_refused_without_an_error_of_its_own(text: str) -> None:
    with pytest.raises(identity.BadIdentity):
        identity.verify(text, "fernway")


@given(
    header=st.dictionaries(st.sampled_from(["alg", "kid", "typ", "crit", "b64", "jwk"]), ODD | NESTED),
    body=st.dictionaries(st.sampled_from(["sub", "aud", "iat", "exp", "nbf", "name", "audiences"]), ODD | NESTED),
)
def test_whatever_is_claimed_under_a_right_signature_is_an_identity_or_refused(header: Any, body: Any) -> None:
    try:
        found = identity.verify(token(header, {**claims(), **body}), "fernway")
    except identity.BadIdentity:
        return
    assert header.get("alg") == "HS256"
    assert header.get("kid") in {None, "k1"}
    assert found.sub == body.get("sub", "ada")
    assert time.time() - identity.LEEWAY <= found.expires <= time.time() + identity.LONGEST + identity.LEEWAY


def test_a_token_may_name_no_key_only_while_the_site_has_one(settings: Any) -> None:
    bare = token({"alg": "HS256"}, claims())
    assert identity.verify(bare, "fernway").sub == "ada"
    settings.HANDRAIL_IDENTITY_KEYS = {"fernway": {"k1": KEY, "k2": KEY + "2"}}
    with pytest.raises(identity.BadIdentity):
        identity.verify(bare, "fernway")
    assert identity.verify(signed(), "fernway").sub == "ada"


def test_a_site_without_keys_has_no_identities() -> None:
    for site in ("", "nowhere"):
        with pytest.raises(identity.BadIdentity):
            identity.verify(signed(aud=site), site)


def test_a_remembered_identity_ends_when_the_token_would_have() -> None:
    ada = identity.verify(real("ada", audiences=["trade"]), "fernway")
    assert identity.remembered(ada.claims()) == ada
    assert identity.remembered({**ada.claims(), "exp": int(time.time())}) is None
    assert identity.remembered({}) is None


def test_what_sign_makes_verify_takes() -> None:
    made = identity.sign("fernway", "ada", seconds=60, audiences=["trade"])
    assert identity.verify(made, "fernway").audiences == {"trade"}
    with pytest.raises(identity.BadIdentity):
        identity.verify(identity.sign("otherway", "ada"), "fernway")
    with pytest.raises(identity.BadIdentity):
        identity.sign("nowhere", "ada")
