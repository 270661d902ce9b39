"""One try to send a mail over an open backend, and what became of it, by the server's word or its silence."""

import contextlib
import smtplib

from anymail.exceptions import AnymailError

from bookclub import by_api
from bookclub.mail import MailServerDown, MailServerRefusesUs, words_of
from bookclub.posted import Outcome
from bookclub.providers import of_line

WHO_ARE_YOU = {530, 534, 535, 538}  # RFC 4954 section 6: the server wants another name or password of us
TOO_LARGE = 552  # RFC 1870 section 6.1: said to the sender, and about this one mail
CLOSING = 421  # RFC 5321 section 3.8: said at any time


@contextlib.contextmanager
def connecting():
    """Turns what goes wrong before any mail is on its way into MailServerDown."""
    try:
        yield
    except smtplib.SMTPResponseException as error:
        kind = MailServerRefusesUs if error.smtp_code in WHO_ARE_YOU else MailServerDown
        raise kind(in_words(error.smtp_code, error.smtp_error)) from error
    except Exception as error:  # whatever a backend raises, nothing has been sent
        raise MailServerDown(words_of(error)) from error


def send(message, line) -> list[tuple[Outcome, str]]:
    """Try to send `message` over the open backend `line`, once; what became of it and what the server said, for each of
    `message.to`.

    Raises MailServerDown, with nothing sent, where that has nothing to do with this mail.
    """
    if provider := of_line(line):
        provider.adapt(message)
    outcome, words = of_whole(message, line)
    if outcome is Outcome.SENT and provider:
        return [by_api.outcome_for(message, address) for address in message.to]
    return [(outcome, words)] * len(message.to)


def of_whole(message, line):
    try:
        taken = line.send_messages([message])
    except MailServerDown:
        raise
    except smtplib.SMTPRecipientsRefused as error:
        return of_code(*next(iter(error.recipients.values())), line)
    except smtplib.SMTPSenderRefused as error:
        return of_sender(error.smtp_code, error.smtp_error, line)
    except smtplib.SMTPDataError as error:
        return of_code(error.smtp_code, error.smtp_error, line)
    except AnymailError as error:
        return by_api.outcome_of(error)
    except OSError as error:
        return of_silence(line), words_of(error)
    except Exception as error:  # a header that is none, and whatever a backend raises
        return (Outcome.UNKNOWN if was_handed_over(line) else Outcome.REFUSED), words_of(error)
    return (Outcome.SENT, "") if taken else (Outcome.REFUSED, "It has nobody to go to.")


def of_code(code, said, line):
    """By its first figure: RFC 5321 section 4.2.1. What is no such code is no answer."""
    words = in_words(code, said)
    if code in WHO_ARE_YOU:
        raise MailServerRefusesUs(words)
    if code == CLOSING:
        return Outcome.CUT, words
    if 200 <= code < 300 and was_handed_over(line):
        return Outcome.SENT, words
    if not 400 <= code < 600:
        return of_silence(line), words
    return (Outcome.REFUSED if code >= 500 else Outcome.AGAIN), words


def of_sender(code, said, line):
    """What is refused before anybody has said to whom it goes is about us, or about the server's day."""
    outcome, words = of_code(code, said, line)
    if outcome is Outcome.REFUSED and code != TOO_LARGE:
        raise MailServerRefusesUs(words)
    return (Outcome.CUT if outcome is Outcome.AGAIN else outcome), words


def of_silence(line):
    return Outcome.UNKNOWN if was_handed_over(line) else Outcome.CUT


def was_handed_over(line):
    """Whether the mail may have gone out. Of a backend that can't tell we think so."""
    return getattr(line, "is_handed_over", True)


def in_words(code, said):
    said = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    return f"{code} {said}".strip()
