"""Delivery reports in plain words, without a machine-readable part: qmail, Exim, old Sendmail and Postfix, Yahoo."""

import re

MAX_LENGTH = 20_000  # of the text that is read
# What automatic answers of people have as a subject; they come to the return address, too (RFC 3834 section 4).
AUTOMATIC_REPLY = re.compile(
    r"auto(?:matic|matisch)?(?:e |[- ])?(?:reply|response|antwort)|out of (?:the )?office|abwesen|réponse automatique|"
    r"respuesta automática|risposta automatica|automatisch antwoord|resposta automática|vacation|away from",
    re.IGNORECASE,
)
FAILURE = re.compile(
    r"couldn[’']t (?:deliver|be delivered)|(?:could|can)(?:not| not) (?:be )?deliver|unable to deliver|undeliver(?:able|ed)|"
    r"(?:was|were|has|have)(?:n[’']t| not)(?: been)? delivered|delivery (?:\S+ ){0,6}(?:has )?failed|delivery failure|"
    r"permanent (?:fatal )?error|permanently failed|returned to (?:the )?sender|mail delivery failed|message not delivered|"
    r"nicht zugestellt|unzustellbar|non (?:remis|distribué)|no (?:se ha podido|se pudo) entregar|non (?:è stato )?consegnat|"
    r"не (?:может быть|было|удалось) (?:отправлен|доставлен|доставить)|недоставлен",
    re.IGNORECASE,
)
STILL_TRYING = re.compile(
    r"warning message only|will be retried|(?:will|are) (?:\S+ )?(?:continue|keep|still) (?:to )?try|still (?:being )?tr(?:ied|ying)|"
    r"(?:has|have) (?:not|n[’']t) (?:yet )?been delivered yet|not yet been delivered|delivery (?:\S+ ){0,4}delayed|"
    r"you do not need to resend",
    re.IGNORECASE,
)
# Where the returned mail begins: a ruler with words, or the first of its headers.
COPY = re.compile(
    r"^[ \t]*-{2,}.*(?:copy of|below this line|original|returned).*$|^[ \t>]*(?:Return-Path|Received|Message-ID|From|DKIM-\S+):",
    re.IGNORECASE | re.MULTILINE,
)


def find_reason(subject: str, text: str) -> str:
    """Return the words of a mail that says in plain words that a mail was not delivered; else an empty string.

    They end where the returned mail begins. Automatic replies and notices of a delay are no such mails.
    """
    words = COPY.split(text[:MAX_LENGTH], maxsplit=1)[0].strip()
    if AUTOMATIC_REPLY.search(subject) or STILL_TRYING.search(words) or not FAILURE.search(f"{subject}\n{words}"):
        return ""
    return words
