"""Incoming mail: delivery reports (RFC 3464), spam complaints (RFC 5965) and requests to leave.

The mail server passes each mail to `manage.py receive_mail`. Anything else, such as an out-of-office reply, is ignored.
A report counts only if it contains the Message-ID of one of our mails, which can't be forged.
"""

import re
from email import message_from_bytes
from email.message import Message

from newsletter import subscriptions
from newsletter.bounce_codes import Bounce, classify_bounce
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
        return "ignored: not about a mail of ours"
    row.settle_as_sent()
    kind, reply = classify_report(message)
    if kind is None or row.subscriber is None:
        return "ignored: not a bounce"
    row.record_bounce(kind, reply)
    return f"{kind.value}: {reply.splitlines()[0] if reply else ''}"


def get_recipients(message):
    names = ("Delivered-To", "X-Original-To", "To")
    return " ".join(str(value) for name in names for value in message.get_all(name, []))


def unsubscribe_by_token(tokens):
    """End the subscription of the first known token, in any case: some mail servers write addresses in lower case."""
    for token in tokens:
        subscriber = Subscriber.objects.filter(token__iexact=token).first()
        if subscriber:
            subscriptions.end_subscription(subscriber, BY_MAIL)
            return "left"
    return "ignored: nobody has this token"


def get_report_text(report: Message) -> str:
    """Return the text and headers of all parts, including the original mail's headers (RFC 6522 section 2)."""
    parts = [part for part in report.walk() if not part.is_multipart()]
    headers = [f"{name}: {value}" for part in report.walk() for name, value in part.items()]
    return "\n".join([*headers, *(get_part_text(part) for part in parts)])


def classify_report(report: Message) -> tuple[Bounce | None, str]:
    """Return the bounce kind and the reply of the machine-readable part: RFC 3464 section 2.3, RFC 5965 section 3."""
    for part in report.walk():
        if part.get_content_type() == "message/feedback-report":
            is_complaint = get_field(get_part_text(part), "Feedback-Type").lower() in COMPLAINT_TYPES
            return (Bounce.COMPLAINT if is_complaint else None), "Marked as spam."
        if part.get_content_type() == "message/delivery-status":
            return classify_recipients(get_part_text(part).split("\n\n"))
    return None, ""


def classify_recipients(groups):
    """Classify the first failed recipient in the groups of fields: our mail has only one recipient."""
    for fields in groups:
        if get_field(fields, "Action").lower() == "failed":
            reply = f"{get_field(fields, 'Status')} {get_field(fields, 'Diagnostic-Code')}".strip()
            return classify_bounce(reply, default=Bounce.SOFT), reply
    return None, ""


def get_part_text(part):
    """Return the text of a part. The parser turns a delivery-status part into messages; join them by an empty line."""
    payload = part.get_payload()
    if isinstance(payload, list):
        return "\n\n".join("\n".join(f"{name}: {value}" for name, value in each.items()) for each in payload)
    return (part.get_payload(decode=True) or b"").decode("utf-8", "replace")


def get_field(text, name):
    found = re.search(rf"^{name}:[ \t]*(.*(?:\n[ \t]+.*)*)", text, re.MULTILINE | re.IGNORECASE)
    return " ".join(found.group(1).split()) if found else ""
