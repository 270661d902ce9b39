"""Classify a mail server's reply, from the SMTP session or from a later report, as a bounce.

The server's words decide first, since many codes are vague or contradict them. Where the words say two things, the one
that keeps the reader wins. Without words that we know the code decides.
"""

import enum
import re
from dataclasses import dataclass

# class.subject.detail of RFC 3463, but not a part of an IP address; 4.0.0 and 5.0.0 carry no information.
ENHANCED_CODE = re.compile(r"(?<![\d.])(?![45]\.0\.0\b)([245])\.(\d{1,3})\.(\d{1,3})\b(?!\.\d)")
BASIC_CODE = re.compile(r"(?:^|[:;<]|said:|\bsmtp\b)\s*\"?([245]\d\d)(?=[\s\"-])", re.IGNORECASE)

# An address or a host that the reply names: “dmarc@spam-free.example” says nothing about spam.
NAMES = re.compile(r"<?[^\s<>@]{1,64}@[^\s<>@,;]{1,255}>?|\bhost [\w-]{1,63}\.[\w.-]{1,253}")

MAX_LENGTH = 2_000  # of a reply that is read


class Bounce(enum.Enum):
    HARD = "hard"
    SOFT = "soft"
    COMPLAINT = "complaint"


@dataclass(frozen=True)
class Wording:
    """Words of replies, as a regular expression without groups; `bounce` is None if they are not about the address."""

    words: str
    bounce: Bounce | None
    source: str


# In this order: the first that is found decides.
WORDINGS = [
    # The address exists: too much mail for it, or no room.
    Wording(r"receiving (?:mail|messages) (?:at a rate|too quickly)", Bounce.SOFT, "Gmail, 4.2.1 and 5.2.1"),
    Wording(r"quota|storage (?:limit|allocation|space)|out of (?:disk )?storage", Bounce.SOFT, "RFC 3463, X.2.2"),
    Wording(
        r"(?:mail)?box (?:is |has been )?(?:over)?full|(?:mailbox|inbox|account|user) is (?:over )?full|disk full",
        Bounce.SOFT,
        "RFC 3463, X.2.2; Exchange, Dovecot",
    ),
    Wording(r"insufficient (?:system )?(?:storage|space)", Bounce.SOFT, "RFC 5321 section 4.2.3, 452 and 552"),
    Wording(r"boîte.{0,20}pleine|postfach (?:ist )?(?:voll|überfüllt)", Bounce.SOFT, "French and German servers"),
    # About us: our domain, server, content or pace.
    Wording(r"\b(?:dmarc|dkim|spf|arc)\b|authenticat", None, "RFC 7372, X.7.20 to X.7.26; Gmail, Yahoo"),
    Wording(r"\bspam\b|\bspammy\b|unsolicited|\bbulk mail|junk ?mail", None, "Gmail, Exchange, Proofpoint"),
    Wording(
        r"block(?:ed|ing|[ -]?list)|black ?list|deny ?list|(?<!not )\blisted (?:in|on|by|at)|\b(?:rbl|dnsbl)\b|spamhaus",
        None,
        "block lists; Outlook S3140",
    ),
    Wording(r"reputation|\bbanned\b|suspicious|proofpoint|cloudmark|senderscore|barracuda", None, "reputation services"),
    Wording(r"polic(?:y|ies)\b|administrative(?:ly)? prohibit|prohibited", None, "RFC 3463, X.7.1; Exim"),
    Wording(
        r"relay(?:ing)? (?:access )?(?:is )?(?:denied|not (?:permitted|allowed))|(?:unable|not permitted|not allowed) to relay",
        None,
        "Postfix, Exchange, Exim",
    ),
    Wording(
        r"sender (?:address )?(?:is |was )?(?:rejected|denied|refused|verif|not|unknown|blocked)|(?:bad|invalid) sender",
        None,
        "Postfix; RFC 3463, X.1.7 and X.1.8",
    ),
    Wording(r"virus|malware|phish|malicious", None, "content scanners"),
    Wording(r"content (?:is |was |has been )?(?:rejected|refused|denied|filter)", None, "RFC 3463, X.6"),
    Wording(r"message (?:size|length|too (?:large|big)|exceeds)|too large", None, "RFC 3463, X.2.3 and X.3.4"),
    Wording(r"rate limit|too many (?:messages|mails|connections|recipients|errors)|throttl", None, "our pace"),
    Wording(r"reverse dns|\bptr\b|\bhelo\b|\behlo\b", None, "the name of our server"),
    Wording(r"restricted|not authori[sz]ed|resolver\.rst|only accepts? (?:mail|messages) from", None, "Exchange, 5.7.1"),
    Wording(r"mail loop|too many hops|hop count", None, "RFC 3463, X.4.6"),
    # Passing trouble.
    Wording(r"gr[ae]y-?list", Bounce.SOFT, "RFC 6647"),
    Wording(r"unverified address|verification (?:failed|in progress)", Bounce.SOFT, "Postfix, reject_unverified_recipient"),
    Wording(
        r"try (?:again|later)|temporar(?:y|ily)|timed? ?out|connection (?:refused|reset|lost|dropped)|no route to host"
        r"|network (?:is )?unreachable|(?:queue|message)[. ]expired|retry time|(?:out of|insufficient) resources|maintenance|server busy",
        Bounce.SOFT,
        "RFC 3463, X.3 and X.4; Exchange, Exim",
    ),
    # Nobody is there any more.
    Wording(
        r"(?:user|recipient|mailbox|account|address|alias)(?: name| address)? (?:is |was )?(?:unknown|invalid|not (?:be )?found)"
        r"|(?:unknown|invalid|nonexistent|non-existent|no such|no valid|undeliverable|bad destination) (?:local[ -]?part|user|"
        r"recipient|mailbox|account|address|e-?mail|person|destination mailbox)",
        Bounce.HARD,
        "RFC 3463, X.1.1; Postfix, Sendmail, Exim",
    ),
    Wording(r"recip(?:ient)?not ?found|resolver\.adr\.", Bounce.HARD, "Exchange"),
    Wording(
        r"(?:does not|doesn[’']t|did not|do not|don[’']t) (?:exist|have an? .{0,40}(?:account|mailbox))|no longer (?:exists?|"
        r"(?:in|on) |valid|active|available|used|employed|works?|accepts?)|(?:is )?no(?:t an?)? (?:valid|active|known|existing) "
        r"(?:user|recipient|mailbox|account|address|e-?mail)",
        Bounce.HARD,
        "Gmail, Yahoo, iCloud",
    ),
    Wording(
        r"no (?:mailbox|one|account|user|recipient)s? (?:is |was )?(?:here|by that name|found|with|there|at)"
        r"|(?:mailbox|recipient|user|account) not (?:here|local|available|present|known|listed in|recogni[sz]ed)"
        r"|not (?:our customer|a user here|listed in (?:\w+ )?(?:domino|public|directory))|isn[’']t a known",
        Bounce.HARD,
        "qmail, Domino, Communigate",
    ),
    Wording(
        r"(?:account|mailbox|address|user|recipient)(?: \S+)?(?: that you tried to reach)?(?: is| has been| was)?(?: currently|"
        r" temporarily)? ?(?:disabled|inactive|deactivated|closed|deleted|terminated|suspended|cancell?ed|expired|discontinued)",
        Bounce.HARD,
        "RFC 3463, X.2.1; Gmail, Yahoo",
    ),
    Wording(r"mailbox (?:is )?unavailable|unroute?able address|address (?:was )?rejected by the domain", Bounce.HARD,
            "RFC 5321 section 4.2.3, 550; Exim"),
    Wording(r"recipient address rejected: access denied\. as\(", Bounce.HARD, "Exchange Online, 5.4.1"),
    Wording(
        r"kein postfach|(?:empfänger|benutzer|adresse|konto) (?:ist )?(?:unbekannt|nicht (?:vorhanden|gefunden|bekannt))|unbekannter?"
        r" (?:empfänger|benutzer)|(?:utilisateur|destinataire|adresse|boîte) (?:\S+ )?(?:inconnue?|inexistante?)|usuario"
        r" (?:desconocido|inexistente)|utente (?:sconosciuto|inesistente)|onbekende gebruiker|usuário (?:desconhecido|inexistente)",
        Bounce.HARD,
        "servers in German, French, Spanish, Italian, Dutch, Portuguese",
    ),
]  # fmt: skip
COMPILED = [(re.compile(each.words, re.IGNORECASE), each.bounce) for each in WORDINGS]


def classify_bounce(reply: str, default: Bounce | None = None) -> Bounce | None:
    """Classify an SMTP error reply or the fields of a report: RFC 5321 section 4.2, RFC 3463.

    Return None if it is not about the address, but for example about our content; `default` if it tells nothing.
    """
    reply = reply[:MAX_LENGTH]
    enhanced, basic = ENHANCED_CODE.search(reply), BASIC_CODE.search(reply)
    words = " ".join(NAMES.sub(" ", reply).split())
    found = next((bounce for pattern, bounce in COMPILED if pattern.search(words)), ...)
    if found is not ...:
        is_passing = (enhanced[1] if enhanced else basic[1][0] if basic else "5") == "4"
        return Bounce.SOFT if found is Bounce.HARD and is_passing else found
    if enhanced:
        return classify_enhanced_code(*enhanced.groups())
    if basic:
        code = basic[1]
        if code in {"550", "551", "553"}:
            return Bounce.HARD
        return Bounce.SOFT if code.startswith("4") or code == "552" else None
    return default


def classify_enhanced_code(cls, subject, detail):
    is_about_sender = (subject, detail) in {("1", "7"), ("1", "8")}
    if cls == "2" or is_about_sender:
        return None
    if subject == "1" or (subject, detail) in {("2", "1"), ("2", "0")}:
        return Bounce.HARD if cls == "5" else Bounce.SOFT
    return Bounce.SOFT if subject in {"2", "3", "4"} else None
