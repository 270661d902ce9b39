"""Mail that comes in at the club's own address for it: reports of what came back, complaints, and who wants to leave.

The mail server hands each one to `manage.py receive_mail`. What is neither is ignored: replies of people who are away
are no reports, and a report counts only if it names a mail that we sent, by a name that nobody can make up.
"""

import re
from email import message_from_bytes
from email.message import Message

from newsletter import subscriptions
from newsletter.bounce_codes import Bounce, classify_reply
from newsletter.models import Delivery, Subscriber

BY_MAIL = "a mail to us"
SIZE_LIMIT_BYTES = 1_000_000
LEAVE_TOKEN = re.compile(r"\+leave-([\w-]{43})@")
COMPLAINT_TYPES = {"abuse", "fraud", "opt-out"}


def receive_mail(raw: bytes) -> str:
    """Process one incoming mail and return the result for the log. Raises nothing."""
    message = message_from_bytes(raw[:SIZE_LIMIT_BYTES])
    tokens = LEAVE_TOKEN.findall(get_recipients(message))
    if tokens:
        return unsubscribe_by_token(tokens)
    if message.get_content_type() != "multipart/report":
        return "ignored: no report"
    row = Delivery.objects.with_message_id(get_report_text(message))
    if row is None:
        return "ignored: of no mail of ours"
    row.settle_as_sent()
    kind, words = classify_report(message)
    if kind is None or row.subscriber is None:
        return "ignored: nothing has come back"
    row.record_bounce(kind, words)
    return f"{kind.value}: {words.splitlines()[0] if words else ''}"


def get_recipients(message):
    names = ("Delivered-To", "X-Original-To", "To")
    return " ".join(str(value) for name in names for value in message.get_all(name, []))


def unsubscribe_by_token(tokens):
    """By one of `tokens`, of which some mail servers write one in small letters."""
    for token in tokens:
        subscriber = Subscriber.objects.filter(token__iexact=token).first()
        if subscriber:
            subscriptions.end_subscription(subscriber, BY_MAIL)
            return "left"
    return "ignored: nobody has this token"


def get_report_text(report: Message) -> str:
    """All that the report says, headers of the mail that it is about among it: RFC 6522 section 2."""
    parts = [part for part in report.walk() if not part.is_multipart()]
    headers = [f"{name}: {value}" for part in report.walk() for name, value in part.items()]
    return "\n".join([*headers, *(get_part_text(part) for part in parts)])


def classify_report(report: Message) -> tuple[Bounce | None, str]:
    """By the machine's part of the report: RFC 3464 section 2.3 or RFC 5965 section 3."""
    for part in report.walk():
        if part.get_content_type() == "message/feedback-report":
            is_complaint = get_field(get_part_text(part), "Feedback-Type").lower() in COMPLAINT_TYPES
            return (Bounce.COMPLAINT if is_complaint else None), "Marked as spam."
        if part.get_content_type() == "message/delivery-status":
            return classify_recipients(get_part_text(part).split("\n\n"))
    return None, ""


def classify_recipients(groups):
    """Each group of fields is about one recipient, and our mail has but one: the first that has failed counts."""
    for fields in groups:
        if get_field(fields, "Action").lower() == "failed":
            words = f"{get_field(fields, 'Status')} {get_field(fields, 'Diagnostic-Code')}".strip()
            return classify_reply(words, unsaid=Bounce.SOFT), words
    return None, ""


def get_part_text(part):
    """The fields of a machine-readable part, which the parser takes for messages of their own; an empty line between."""
    payload = part.get_payload()
    if isinstance(payload, list):
        return "\n\n".join("\n".join(f"{name}: {value}" for name, value in each.items()) for each in payload)
    return (part.get_payload(decode=True) or b"").decode("utf-8", "replace")


def get_field(text, name):
    found = re.search(rf"^{name}:[ \t]*(.*(?:\n[ \t]+.*)*)", text, re.MULTILINE | re.IGNORECASE)
    return " ".join(found.group(1).split()) if found else ""
