"""What a provider's interface made of a mail: its statuses of HTTP and its words, sorted as replies of SMTP are."""

from ssl import SSLCertVerificationError

from anymail.exceptions import AnymailAPIError, AnymailError, AnymailRecipientsRefused
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError, ProxyError

from bookclub.mail import MailServerDown, MailServerRefusesUs, words_of
from bookclub.posted import Outcome

WHO_ARE_YOU = {401, 402, 403, 404}  # our key, our bill, our domain
LATER = {420, 429, 503}  # 420 is SparkPost's: so much and no more for today
TIMED_OUT = 408
NOT_CONNECTED = (NewConnectionError, ConnectTimeoutError, ProxyError, SSLCertVerificationError)
# As RFC 3463 section 3.2 says it: something about the address.
ADDRESS = "5.1.0 The provider does not write to this address"
TAKEN = {"sent", "queued"}
BAD_ADDRESS = {"invalid", "rejected"}


def outcome_of(error: AnymailError) -> tuple[Outcome, str]:
    """Of the whole mail. Raises MailServerDown where nothing was sent, and that has nothing to do with this mail."""
    words, status = words_of(error), error.status_code
    if status in WHO_ARE_YOU:
        raise MailServerRefusesUs(words) from error
    if status in LATER or any(isinstance(each, NOT_CONNECTED) for each in reasons(error)):
        raise MailServerDown(words) from error
    if isinstance(error, AnymailRecipientsRefused):
        return Outcome.REFUSED, ADDRESS
    if not isinstance(error, AnymailAPIError):
        return Outcome.REFUSED, words  # it never came so far as to be sent
    is_certain = 400 <= (status or 0) < 500 and status != TIMED_OUT
    return (Outcome.REFUSED if is_certain else Outcome.UNKNOWN), words


def reasons(error):
    """`error`, and what it was made of, one after the other."""
    while isinstance(error, Exception):
        yield error
        error = getattr(error, "reason", None) or error.__cause__ or error.__context__


def outcome_for(message, address: str) -> tuple[Outcome, str]:
    """Of the copy for `address`, of a mail that the provider has taken as a whole. Some write the address anew."""
    answers = message.anymail_status.recipients
    is_alone = len(message.to) == 1
    said = {each.status for to, each in answers.items() if is_alone or to.lower() == address.lower()}
    if said & TAKEN:
        return Outcome.SENT, ""
    if said & BAD_ADDRESS:
        return Outcome.REFUSED, f"{ADDRESS}: {', '.join(sorted(said))}"
    outcome = Outcome.REFUSED if "failed" in said else Outcome.UNKNOWN
    return outcome, f"The provider says: {message.anymail_status.esp_response.text}"
