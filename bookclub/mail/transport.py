"""Try once to send a message over an open mail backend, and classify the server's reply, or its absence.

SMTP replies are classified by their codes, provider APIs by HTTP status.
"""

import contextlib
import re
import smtplib
from ssl import SSLCertVerificationError

from anymail.exceptions import AnymailAPIError, AnymailError, AnymailRecipientsRefused
from django.core.cache import caches
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError, ProxyError

from bookclub.core.email_addresses import is_same_address
from bookclub.mail.backends import MailServerDown, MailServerRefusesUs, describe_error
from bookclub.mail.providers import active_provider
from bookclub.mail.queue import Outcome

AUTHENTICATION_CODES = {530, 534, 535, 538}  # RFC 4954 section 6: wrong user name or password
TOO_LARGE_CODE = 552  # RFC 1870 section 6.1: a reply to MAIL that is about the message, not the sender
CLOSING_CODE = 421  # RFC 5321 section 3.8: may come at any time

# A server may check the sender only at RCPT.
SENDER_REFUSED = re.compile(
    r"^5.*\bsender\b.*(?:reject|refus|denied|not (?:allowed|owned|permitted)|verif)", re.IGNORECASE
)
RETURN_PATH_REFUSAL = "mail:return-path-refusal"
RETURN_PATH_REFUSAL_SECONDS = 7 * 24 * 3600

REFUSED_STATUSES = {401, 402, 403, 404}  # API key, payment, domain
LATER_STATUSES = {420, 429, 503}  # 420 is SparkPost's daily limit
TIMEOUT_STATUS = 408
NOT_CONNECTED = (NewConnectionError, ConnectTimeoutError, ProxyError, SSLCertVerificationError)
# Status code by RFC 3463 section 3.2: other address status.
BAD_ADDRESS = "5.1.0 The provider does not write to this address"


@contextlib.contextmanager
def connection_errors():
    """Convert any exception to MailServerDown. For code before a message is handed over."""
    try:
        yield
    except smtplib.SMTPResponseException as error:
        kind = MailServerRefusesUs if error.smtp_code in AUTHENTICATION_CODES else MailServerDown
        raise kind(format_reply(error.smtp_code, error.smtp_error)) from error
    except Exception as error:  # backends raise many types; nothing has been sent
        raise MailServerDown(describe_error(error)) from error


def send_message(message, connection) -> list[tuple[Outcome, str]]:
    """Try once to send `message` over the open backend `connection`; return (outcome, reply) for each of `message.to`.

    Raises MailServerDown, with nothing sent, if the cause is not this message.
    """
    if provider := active_provider():
        provider.adapt_message(message)
    outcome, reply = try_to_send(message, connection)
    if outcome is Outcome.SENT and provider:
        return [classify_recipient(message, address) for address in message.to]
    return [(outcome, reply)] * len(message.to)


def try_to_send(message, connection):
    if has_refused_return_path(connection):
        use_plain_sender(message)
    try:
        sent_count = connection.send_messages([message])
    except MailServerDown:
        raise
    except smtplib.SMTPRecipientsRefused as error:
        code, text = next(iter(error.recipients.values()))
        if SENDER_REFUSED.search(format_reply(code, text)) and use_plain_sender(message):
            return retry_with_plain_sender(message, connection, format_reply(code, text))
        return classify_smtp_reply(code, text, connection)
    except smtplib.SMTPSenderRefused as error:
        is_final = error.smtp_code >= 500 and error.smtp_code not in {*AUTHENTICATION_CODES, TOO_LARGE_CODE}
        if is_final and use_plain_sender(message):
            return retry_with_plain_sender(message, connection, format_reply(error.smtp_code, error.smtp_error))
        return classify_sender_reply(error.smtp_code, error.smtp_error, connection)
    except smtplib.SMTPDataError as error:
        return classify_smtp_reply(error.smtp_code, error.smtp_error, connection)
    except AnymailError as error:
        return classify_api_error(error)
    except OSError as error:
        return classify_silence(connection), describe_error(error)
    except Exception as error:  # such as an invalid header
        return (Outcome.UNKNOWN if was_handed_over(connection) else Outcome.REJECTED), describe_error(error)
    return (Outcome.SENT, "") if sent_count else (Outcome.REJECTED, "The mail has no recipient.")


# --- return addresses -------------------------------------------------------------------------------------------------


def use_plain_sender(message):
    """Replace the return address of a message, if it has one, by its From; return whether it had one."""
    sender = message.extra_headers.get("From", message.from_email)
    had_return_path, message.from_email = message.from_email != sender, sender
    return had_return_path


def retry_with_plain_sender(message, connection, reply):
    """Send once more after the server refused the return address; later messages of this connection go without one.

    Some servers accept only senders that belong to the account. Reports are then known by the Message-ID alone.
    """
    connection.refused_return_path = True
    caches["unsaved"].set(RETURN_PATH_REFUSAL, reply, RETURN_PATH_REFUSAL_SECONDS)
    return try_to_send(message, connection)


def has_refused_return_path(connection):
    return getattr(connection, "refused_return_path", False)


def get_return_path_refusal():
    """Return the reply by which the server refused a return address in the last days, or an empty string."""
    return caches["unsaved"].get(RETURN_PATH_REFUSAL, "")


# --- SMTP -----------------------------------------------------------------------------------------------------------


def classify_smtp_reply(code, text, connection):
    """Classify by the first digit (RFC 5321 section 4.2.1). An invalid code counts as no reply."""
    reply = format_reply(code, text)
    if code in AUTHENTICATION_CODES:
        raise MailServerRefusesUs(reply)
    if code == CLOSING_CODE:
        return Outcome.DISCONNECTED, reply
    if 200 <= code < 300 and was_handed_over(connection):
        return Outcome.SENT, reply
    if not 400 <= code < 600:
        return classify_silence(connection), reply
    return (Outcome.REJECTED if code >= 500 else Outcome.DEFERRED), reply


def classify_sender_reply(code, text, connection):
    """Classify a reply to MAIL, before the recipient is sent: a rejection is about us, a deferral about the server."""
    outcome, reply = classify_smtp_reply(code, text, connection)
    if outcome is Outcome.REJECTED and code != TOO_LARGE_CODE:
        raise MailServerRefusesUs(reply)
    return (Outcome.DISCONNECTED if outcome is Outcome.DEFERRED else outcome), reply


def classify_silence(connection):
    return Outcome.UNKNOWN if was_handed_over(connection) else Outcome.DISCONNECTED


def was_handed_over(connection):
    """Return whether the message may have been sent; True if the backend doesn't track it."""
    return getattr(connection, "is_handed_over", True)


def format_reply(code, text):
    text = text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
    return f"{code} {text}".strip()


# --- provider APIs --------------------------------------------------------------------------------------------------


def classify_api_error(error: AnymailError) -> tuple[Outcome, str]:
    """Classify an API error about the whole message. Raise MailServerDown if the cause is not this message."""
    reply, status = describe_error(error), error.status_code
    if status in REFUSED_STATUSES:
        raise MailServerRefusesUs(reply) from error
    if status in LATER_STATUSES or any(isinstance(each, NOT_CONNECTED) for each in iterate_causes(error)):
        raise MailServerDown(reply) from error
    if isinstance(error, AnymailRecipientsRefused):
        return Outcome.REJECTED, BAD_ADDRESS
    if not isinstance(error, AnymailAPIError):
        return Outcome.REJECTED, reply  # raised before the request was sent
    is_certain = 400 <= (status or 0) < 500 and status != TIMEOUT_STATUS
    return (Outcome.REJECTED if is_certain else Outcome.UNKNOWN), reply


def iterate_causes(error):
    """Yield `error` and its chain of causes."""
    while isinstance(error, Exception):
        yield error
        error = getattr(error, "reason", None) or error.__cause__ or error.__context__


def classify_recipient(message, address: str) -> tuple[Outcome, str]:
    """Classify the copy for `address` of an accepted message. Some APIs return the address in another spelling."""
    recipients = message.anymail_status.recipients
    is_alone = len(message.to) == 1
    statuses = {each.status for to, each in recipients.items() if is_alone or is_same_address(to, address)}
    if statuses & {"sent", "queued"}:
        return Outcome.SENT, ""
    if statuses & {"invalid", "rejected"}:
        return Outcome.REJECTED, f"{BAD_ADDRESS}: {', '.join(sorted(statuses))}"
    outcome = Outcome.REJECTED if "failed" in statuses else Outcome.UNKNOWN
    return outcome, f"The provider says: {message.anymail_status.esp_response.text}"
