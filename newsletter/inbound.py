"""Incoming mail: delivery reports (RFC 3464), spam complaints (RFC 5965) and requests to leave.

The mail server passes each mail to `manage.py receive_mail`. Anything else, such as an out-of-office reply, is ignored.
A report counts only if it proves of which copy it is, by what can't be guessed: the address to which the copy returns,
its Message-ID, or the reader's token in the List-Unsubscribe of the returned mail.
"""

from newsletter import subscriptions
from newsletter.inbound_parser import parse_mail
from newsletter.models import Delivery, Subscriber

BY_MAIL = "a mail to us"


def receive_mail(raw: bytes) -> str:
    """Process one incoming mail and return the result for the log, one line. Raises only if the database fails."""
    mail = parse_mail(raw)
    if mail is None:
        return "ignored: can't be read"
    if mail.leave_tokens:
        return unsubscribe_by_token(mail.leave_tokens)
    if not mail.is_report:
        return "ignored: no report"
    row = Delivery.objects.with_copy_key(mail.copy_keys) or Delivery.objects.newest_for(mail.reader_tokens)
    if row is None:
        return "ignored: not about a mail of ours"
    row.settle_as_sent()
    if mail.bounce is None or row.subscriber is None:
        return "ignored: not a bounce"
    row.record_bounce(mail.bounce, mail.reply)
    return f"{mail.bounce.value}: {mail.reply}"


def unsubscribe_by_token(tokens):
    """End the subscription of the first known token, in any case: some mail servers write addresses in lower case."""
    for token in tokens:
        subscriber = Subscriber.objects.with_token(token, "token__iexact")
        if subscriber:
            subscriptions.end_subscription(subscriber, BY_MAIL)
            return "left"
    return "ignored: nobody has this token"
