"""What leaves by other roads than the chat: mail, promised with its cause and sent from the outbox."""

from django.core.mail import EmailMessage
from django.core.validators import validate_email

from sites import outbox
from sites.models import OutboxItem


def mail(*, to: str, subject: str, text: str) -> OutboxItem:
    """Promise one plain-text mail; raises ValidationError for what is not an e-mail address."""
    validate_email(to)
    return outbox.put("mail", {"to": to, "subject": " ".join(subject.split()), "text": text})


@outbox.handler("mail")
def send(item: OutboxItem) -> None:
    """Send one promised mail; a mail server that is away raises, and the outbox tries again later."""
    EmailMessage(item.payload["subject"], item.payload["text"], to=[item.payload["to"]]).send()
