"""What leaves by other roads than the chat: mail, promised with its cause and sent from the outbox."""

import logging

from django.core.mail import EmailMessage
from django.core.validators import validate_email
from django.db import transaction

from sites.core import outbox
from sites.models import OutboxItem

log = logging.getLogger(__name__)


def mail(*, to: str, subject: str, text: str) -> OutboxItem:
    """Promise one plain-text mail; raises ValidationError for what is not an e-mail address."""
    validate_email(to)
    return outbox.put("mail", {"to": to, "subject": " ".join(subject.split()), "text": text})


def mail_now(*, to: str, subject: str, text: str) -> None:
    """Send one mail after the commit and past the outbox, for the one case in which the outbox is what is ill."""
    message = EmailMessage(" ".join(subject.split()), text, to=[to])

    def straight() -> None:
        try:
            message.send()
        except OSError as error:  # a mail server that is away, SMTPException included
            log.warning("an alert could not be mailed: %s", error)

    transaction.on_commit(straight)


class Unsent(Exception):
    """A mail server did not take a mail. It says nothing of the mail."""


def mail_unkept(*, to: str, subject: str, text: str) -> None:
    """Send one mail at once, of which nothing is kept, the address neither. Raises Unsent, which names nothing."""
    try:
        EmailMessage(" ".join(subject.split()), text, to=[to]).send()
    except (OSError, ValueError) as error:  # SMTPException included; its words may hold the address
        raise Unsent(type(error).__name__) from None


def forget(to: str) -> int:
    """Forget every mail to an address, sent or not, inside the caller's transaction; returns how many."""
    return OutboxItem.objects.filter(kind="mail", payload__to=to).delete()[0]


@outbox.handler("mail")
def send(item: OutboxItem) -> None:
    """Send one promised mail; a mail server that is away raises, and the outbox tries again later."""
    EmailMessage(item.payload["subject"], item.payload["text"], to=[item.payload["to"]]).send()
