from django.core.mail import EmailMultiAlternatives

MAX_LINE_LENGTH = 998  # RFC 5322 section 2.1.1

# For programs that answer by themselves: RFC 3834 section 5, and what Exchange reads (MS-OXCMAIL, 2.2.3.2.14).
NO_AUTOMATIC_REPLIES = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "OOF, AutoReply"}


class Message(EmailMultiAlternatives):
    """A mail whose header values begin on the first line of the header.

    Django folds a long subject before the name of the header is known, and Python a long address away from it: the first
    line is then empty, and some programs show no subject.
    """

    def message(self, *args, **options):
        message = super().message(*args, **options)
        message.policy = message.policy.clone(max_line_length=MAX_LINE_LENGTH)
        return message
