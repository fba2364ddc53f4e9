"""All fixed wording. A site may add to the disclosure and replace other lines; it cannot take the core away."""

import hashlib
from collections.abc import Mapping
from string import Template

from conversations.outcomes import Reason

DISCLOSURE = (
    "You are chatting with an AI assistant, not a person. It answers some subjects only, with quotes from published "
    "articles, and it can be wrong. You can talk to a human at any time."
)

ENGLISH: Mapping[str, str] = {
    # What the bot says.
    "greeting": "Hello! I am the AI assistant of $site. What can I look up for you?",
    "thanks": "You're welcome. Is there anything else I can look up?",
    "ok": "All right. Ask me anything else, or talk to a human at any time.",
    "goodbye": "Goodbye, and thank you for writing to $site.",
    "are_you_a_robot": "I am an AI assistant, not a person. Press “Talk to a human” and I will hand you to one.",
    "what_can_you_do": "I can help with: $topics. For anything else, talk to a human.",
    "out_of_scope": "I can't help with that here. I can help with: $topics. Or talk to a human.",
    "injection": "I can't help with that here. I can help with: $topics. Or talk to a human.",
    "language": "I'm sorry, I can only answer in $language here. A human may be able to help you.",
    "ambiguous": "I'm not sure which you mean. Is it about $choices?",
    "ambiguous_one": "I'm not sure I understood. Is it about $choices?",
    "not_grounded": "I looked, but I have no published article that answers this. A human can help: press “Talk to a "
    "human”.",
    "not_exposed": "A person answers questions about this at $site. Press “Talk to a human” and I will pass on your "
    "question.",
    "no_release": "I am not ready to answer questions here yet. A human can help: press “Talk to a human”.",
    "needs_identity": "To look that up I need to know who you are. Please sign in and ask again, or talk to a human.",
    "also_asked": "I could not answer the $rest part of your message. A human can help with it.",
    "draft_review": "I have found something. A person is checking it before I answer.",
    # Handoffs: what happens next, and why.
    "asked_for_human": "I am passing you to a person now.",
    "asked_in_vain": "I have asked for a person.",
    "distress": "I am so sorry. I am passing you to a person now, with priority.",
    "bereavement": "I am very sorry for your loss. I am passing you to a person, with priority.",
    "complaint": "I am sorry this went wrong. I am passing your complaint to a person.",
    "security": "This needs a person at once. I am passing you on with priority.",
    "privacy_request": "Requests about your personal data are handled by a person. I am passing yours on.",
    "frustration": "I am sorry, I am not getting this right. I am passing you to a person.",
    "sensitive": "A person handles this. I am passing you on now.",
    "repeated_decline": "I could not help twice in a row, so I am passing you to a person.",
    "tool_failed": "I could not reach the system that knows this. I am passing you to a person.",
    "needs_approval": "I cannot do that myself. I am passing you to a person who can.",
    "paused": "The assistant is paused at the moment. I am passing you to a person.",
    "error": "Something went wrong on our side. I am passing you to a person.",
    "handoff_open": "They will see everything you have written here.",
    "handoff_closed": "Nobody is at the desk right now$next. Leave an e-mail address and they will write to you.",
    "call_back_offer": "I am sorry, nobody has been free yet. Leave an e-mail address and a person will write to you, "
    "or keep waiting here.",
    "call_back_known": "I am sorry, nobody has been free yet. If nobody joins you here, a person will write to the "
    "e-mail address we have from you.",
    "desk_closed": "The desk has just closed. Leave an e-mail address and a person will write to you.",
    "desk_opened": "The desk is open again. A person will join you here.",
    # What the system says when the conversation changes hands.
    "agent_joined": "$name, a person, has joined. You are no longer talking to the AI assistant.",
    "agent_left": "$name has passed you back to the queue. Another person will join.",
    "transferred": "$name has passed you to $other, a person, who can read everything written here.",
    "agent_lost": "We have lost touch with $name. You are back in the queue, at the place you had; another person "
    "will join.",
    "returned": "$name has left. You are talking to the AI assistant again.",
    "closed": "This conversation is closed. You can start a new one at any time.",
    "withdrawn": "You are no longer waiting for a person. You are talking to the AI assistant again.",
    "draft_expired": "Nobody could check the answer in time. I am passing you to a person.",
    "draft_rejected": "The answer I found was not right. A person will answer you.",
    "complaint_kept": "Your complaint has been kept. A person will answer it.",
    "contact_taken": "Thank you. A person will write to $email.",
    "called_back": "A person will answer you at the address you left. This conversation is closed.",
    "correction": "This corrects an answer you were given here on $day.",
    # To somebody who is blocked for a time.
    "blocked": "You cannot ask the assistant anything until $until. You can still talk to a human.",
    # On the order tool.
    "order_status": "Order $number ($items) is $status.",
    "order_is_processing": "being prepared",
    "order_is_packed": "packed and waiting for $carrier",
    "order_is_shipped": "on its way with $carrier since $shipped",
    "order_is_out_for_delivery": "out for delivery with $carrier",
    "order_is_delivered": "marked as delivered on $delivered",
    "order_is_cancelled": "cancelled",
    "order_is_returned": "returned: it is back with us",
    "order_dates": "$carrier expects to deliver it on $due.",
    "order_late": "It was due on $due. If it has not come, a human can look into it.",
    "order_more": "$items and $count more",
    "order_ask": "Where is my order $number?",
    "order_none": "I found no order $number in your account.",
    "order_which": "Which order do you mean? Your recent orders are: $numbers.",
    "order_empty": "I found no orders in your account.",
}

LANGUAGE_NAMES = {
    "en": "English",
    "de": "German",
    "fr": "French",
    "es": "Spanish",
    "it": "Italian",
    "nl": "Dutch",
}
LANGUAGE: Mapping[str, str] = {
    "de": "Ich kann hier leider nur auf Englisch antworten. Über „Talk to a human“ erreichen Sie einen Menschen.",
    "fr": "Je ne peux répondre ici qu'en anglais. Avec « Talk to a human », vous joignez une personne.",
    "es": "Aquí solo puedo responder en inglés. Con «Talk to a human» puede hablar con una persona.",
    "it": "Qui posso rispondere solo in inglese. Con «Talk to a human» può parlare con una persona.",
    "nl": "Ik kan hier alleen in het Engels antwoorden. Via ‘Talk to a human’ bereikt u een mens.",
    "pt": "Aqui só posso responder em inglês. Com «Talk to a human» pode falar com uma pessoa.",
    "pl": "Tutaj mogę odpowiadać tylko po angielsku. Przycisk „Talk to a human” połączy Cię z człowiekiem.",
    "sv": "Här kan jag bara svara på engelska. Via ”Talk to a human” når du en människa.",
    "tr": "Burada yalnızca İngilizce yanıt verebilirim. “Talk to a human” ile bir kişiye ulaşabilirsiniz.",
    "ru": "Здесь я могу отвечать только по-английски. Кнопка «Talk to a human» соединит вас с человеком.",
    "uk": "Тут я можу відповідати лише англійською. Кнопка «Talk to a human» з'єднає вас із людиною.",
    "zh": "我在这里只能用英语回答。按“Talk to a human”可以联系人工客服。",
    "ja": "ここでは英語でのみお答えできます。「Talk to a human」で担当者につながります。",
    "ko": "여기서는 영어로만 답변할 수 있습니다. “Talk to a human”을 누르면 상담원과 연결됩니다.",
    "ar": "يمكنني الرد هنا بالإنجليزية فقط. اضغط على «Talk to a human» للتحدث مع شخص.",
    "hi": "मैं यहाँ केवल अंग्रेज़ी में उत्तर दे सकता हूँ। “Talk to a human” से आप किसी व्यक्ति से बात कर सकते हैं।",
}


def say(key: str, own: Mapping[str, str] | None = None, **values: str) -> str:
    """One fixed line by key, a site's `own` wording first; `values` fill its `$names`. Raises KeyError on a bad key."""
    line = (own or {}).get(key) or ENGLISH[key]
    return Template(line).safe_substitute(values)


def disclosure(added: str = "") -> dict[str, str]:
    """The fixed core, then what the site adds, with the version that is stored beside each conversation."""
    text = f"{DISCLOSURE} {added.strip()}".strip()
    return {"text": text, "version": hashlib.sha256(text.encode()).hexdigest()[:12]}


def key_of(reason: Reason, kind: str = "") -> str:
    """The wording key of an outcome: the finer kind where it has its own line, else the reason."""
    return kind if kind in ENGLISH else reason.value
