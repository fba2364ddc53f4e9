"""A language is named only when it is sure: turning away an English speaker is worse than trying."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.decide.screening.guard import screen
from chatbot.decide.screening.language import language_of
from conversations.outcomes import Reason

OTHERS = {
    "de": ["Wo ist meine Bestellung?", "Ich warte schon seit zwei Wochen auf mein Paket"],
    "fr": ["Comment puis-je annuler mon abonnement ?", "où est ma commande"],
    "es": ["¿Dónde está mi pedido?", "Quiero devolver las botas que compré"],
    "it": ["Dove si trova il mio ordine?"],
    "nl": ["Waar is mijn bestelling gebleven?"],
    "pt": ["Como faço para devolver um produto?"],
    "ru": ["Как вернуть товар?"],
    "uk": ["Де моє замовлення і коли його доставлять?"],
    "zh": ["我的订单在哪里？"],
    "ja": ["注文はどこですか"],
    "ko": ["내 주문은 어디에 있나요?"],
    "ar": ["أين طلبي؟"],
    "he": ["איפה ההזמנה שלי?"],
    "el": ["Πού είναι η παραγγελία μου;"],
}
ENGLISH = [
    "wher is my ordr plz",
    "WHERE IS MY PARCEL",
    "Ridgeway Trekker GTX 45L",
    "FW-10023",
    "Señor García asked about his café order",
    "I live in Straße des 17. Juni, Berlin, do you ship there?",
    "status?",
    "size M or L",
    "can i pay w/ klarna",
    "returns",
    "que?",
    "ok",
    "",
    "12345",
    "lol idk tbh",
    "my name is Jean-Pierre de la Tour",
]


@pytest.mark.parametrize(("code", "text"), [(code, text) for code, texts in OTHERS.items() for text in texts])
def test_another_language_is_recognised(code: str, text: str) -> None:
    seen = screen(text)
    assert (seen.reason, seen.language) == (Reason.LANGUAGE, code)


@pytest.mark.parametrize("text", ENGLISH)
def test_english_names_codes_slips_and_shouting_stay_english(text: str) -> None:
    assert language_of(text) is None


def test_a_wish_for_a_person_counts_in_any_language_and_keeps_the_language() -> None:
    seen = screen("Ich möchte bitte mit einem Menschen sprechen")
    assert (seen.reason, seen.language) == (Reason.ASKED_FOR_HUMAN, "de")


@given(st.text())
def test_any_text_has_a_language_or_none(text: str) -> None:
    assert language_of(text) is None or len(language_of(text) or "") == 2
