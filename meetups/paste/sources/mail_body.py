"""Find the lines of a mail that are no part of the write-up: greeting, signature, disclaimer, quoted thread."""

import re

from meetups.paste.sources.mail_headers import FIELDS, read_headers

GREETING, SIGNATURE, DISCLAIMER, THREAD, FOOTER = (
    "the greeting of the mail",
    "the end of the mail, with its signature",
    "a notice that the mail's sender adds to each mail",
    "an earlier mail, quoted below this one",
    "added by the mailing list",
)
SEPARATOR = re.compile(
    r"^\s*(?:[-_=]{2,}\s*(?:original message|forwarded message|original appointment|ursprüngliche nachricht|"
    r"originalnachricht|weitergeleitete nachricht|message d['’]origine|message transféré|message original|"
    r"mensaje original|mensaje reenviado|messaggio originale|messaggio inoltrato|oorspronkelijk bericht|"
    r"doorgestuurd bericht|mensagem original|mensagem encaminhada)\s*[-_=]*"
    r"|begin forwarded message:|anfang der weitergeleiteten nachricht:|début du message réexpédié\s*:|inicio del mensaje"
    r" reenviado:|inizio messaggio inoltrato:)\s*$",
    re.IGNORECASE,
)
WROTE = re.compile(
    r"^\s*(?:on\b.{4,160}\bwrote|am\b.{4,160}\bschrieb\b.{0,80}|le\b.{4,160}\ba écrit|el\b.{4,160}\bescribió\b.{0,80}|"
    r"il\b.{4,160}\bha scritto|op\b.{4,160}\bschreef\b.{0,80}|em\b.{4,160}\bescreveu|"
    r".{0,60}<[^<>]+@[^<>]+>\s*(?:schrieb am|wrote on|a écrit le|schreef op)\b.{4,60})\s*:\s*$",
    re.IGNORECASE,
)
RULE = re.compile(r"^\s*[-_=*]{10,}\s*$")
QUOTED = re.compile(r"^\s*>")
GREETINGS = re.compile(
    r"^(?:hi|hello|hey|dear|good (?:morning|afternoon|evening)|greetings|hallo|liebe[rs]?|guten (?:tag|morgen|abend)|"
    r"servus|moin|bonjour|bonsoir|salut|chère?s?|coucou|hola|queridos?|queridas?|estimad[oa]s?|buen[oa]s (?:días|tardes|noches)|"
    r"ciao|car[oiae]|buongiorno|buonasera|beste|dag|goedemorgen|olá|oi|car[oa]s|prezad[oa]s)\b[^.?:;0-9]{0,60}[,!:]?$",
    re.IGNORECASE,
)
CLOSINGS = re.compile(
    r"^(?:(?:with |many |all |all my |my )?(?:very |warm |kind |best |kindest |warmest )*(?:regards|wishes|thanks|love)|best|"
    r"thank you|thanks (?:again|so much|all|everyone)|cheers|yours(?: sincerely| faithfully| truly)?|sincerely|see you(?: all)?"
    r"(?: soon| there| then| next \w+)?|take care|xx?x?|love|happy reading|"
    r"(?:viele|liebe|herzliche|beste|schöne|sonnige|mit (?:freundlichen|besten|lieben|herzlichen)) grü(?:ße|sse|ßen|ssen)|"
    r"lg|vg|mfg|gruß|grüße|herzlich(?:st)?|bis bald|cordialement|bien (?:cordialement|à vous|amicalement)|amicalement|bises|"
    r"bisous|à bientôt|(?:un )?(?:cordial )?saludos?(?: cordial(?:es)?)?|(?:un )?(?:fuerte )?abrazos?|hasta pronto|"
    r"(?:cari|cordiali|tanti) saluti|un (?:caro )?abbraccio|a presto|(?:met )?(?:vriendelijke|hartelijke|lieve) groet(?:en|jes)?|"
    r"groet(?:en|jes)?|tot (?:ziens|gauw)|(?:um )?(?:grande )?abraços?|atenciosamente|cumprimentos|beijos)[\s,.!]*$",
    re.IGNORECASE,
)
SENT_FROM = re.compile(
    r"^(?:sent from (?:my |mail for |yahoo |outlook |proton)|get outlook for|von meinem .{2,30} gesendet|gesendet von|"
    r"envoyé (?:de|depuis) mon|enviado desde mi|inviato da(?:l mio)? |verstuurd vanaf|enviado do meu|diese nachricht wurde von)",
    re.IGNORECASE,
)
MAIL_WORDS = re.compile(
    r"\b(?:e-?mails?|mails?|messages?|nachricht|courriel|correo|mensaje|messaggio|bericht|mensagem|attachments?)\b",
    re.IGNORECASE,
)
SECRET_WORDS = re.compile(
    r"\b(?:confidential|privileged|intended (?:solely|only|recipient)|vertraulich|confidentiel(?:le)?s?|confidencial(?:es)?|"
    r"riservat[oie]|vertrouwelijk|consider the environment|virus[- ]free|scanned for)\b",
    re.IGNORECASE,
)
LIST_WORDS = re.compile(
    r"^(?:you received this message because|to unsubscribe|to view this discussion|unsubscribe\b|you are receiving this|"
    r"view this email in your browser|sie erhalten diese|um sich abzumelden)",
    re.IGNORECASE,
)
POSTSCRIPT = re.compile(r"^p\.?\s?s\.?(?:[:\s]|$)", re.IGNORECASE)
MAX_CLOSING_LINES = 25  # of a signature, below the closing
MAX_NAME_WORDS = 6
MAX_LENGTH = 400  # of a line that begins a thread


def find_thread(lines: list[str]) -> int:
    """Return the number of the line with which the quoted thread begins, or that of all lines."""
    end = len(lines)
    for position, line in enumerate(lines):
        if len(line) > MAX_LENGTH:  # written by a person
            continue
        below = next((other for other in lines[position + 1 : position + 4] if other.strip()), "")
        pair = f"{line.strip()} {below.strip()}"
        is_wrote = WROTE.match(line) or (
            len(line) < 120 and re.match(r"\s*(?:On|Am|Le|El|Il|Op|Em)\b", line) and WROTE.match(pair)
        )
        is_rule = RULE.match(line) and below and read_headers(lines[position + 1 : position + 12])
        if SEPARATOR.match(line) or is_wrote or is_rule or (position and starts_headers(lines, position)):
            end = position
            break
    while end and (QUOTED.match(lines[end - 1]) or not lines[end - 1].strip()):
        end -= 1
    return end


def starts_headers(lines: list[str], position: int) -> bool:
    """Return whether another mail's headers begin here: a sender, a date and a subject or recipient."""
    label = lines[position].strip(" *_")[:12].partition(":")[0].strip().casefold()
    headers = read_headers(lines[position : position + 12]) if FIELDS.get(label) == "from" else None
    return bool(
        headers
        and "from" in headers.fields
        and ("date" in headers.fields or "subject" in headers.fields)
        and headers.count > 2
    )


def find_left_out(lines: list[str]) -> dict[int, str]:
    """Return the reason for each line of a mail, without its headers and thread, that is left out."""
    reasons: dict[int, str] = {}
    filled = [position for position, line in enumerate(lines) if line.strip()]
    if filled and len(filled) > 1 and is_greeting(lines[filled[0]]):
        reasons[filled[0]] = GREETING
    end = find_signature(lines)
    is_postscript = False
    for position in range(end, len(lines)):
        is_postscript = bool(lines[position].strip()) and (
            is_postscript or bool(POSTSCRIPT.match(lines[position].strip()))
        )
        if lines[position].strip() and not is_postscript:
            reasons[position] = SIGNATURE
    for position in filled:
        line = lines[position].strip()
        if SENT_FROM.match(line) and len(line) < 100:
            reasons[position] = SIGNATURE
        elif LIST_WORDS.match(line):
            reasons[position] = FOOTER
        elif (
            SECRET_WORDS.search(line)
            and (MAIL_WORDS.search(line) or position in reasons)
            and position > len(lines) // 3
        ):
            reasons[position] = DISCLAIMER
    return reasons


def is_greeting(line: str) -> bool:
    line = line.strip()
    return len(line.split()) <= 7 and bool(GREETINGS.match(line))


def find_signature(lines: list[str]) -> int:
    """Return where the closing or the signature begins, or the number of lines."""
    for position, line in enumerate(lines):
        if line.rstrip() in {"--", "-- ", "—"} and len(lines) - position <= MAX_CLOSING_LINES + 10:
            return position
    for position in range(len(lines) - 1, max(len(lines) - MAX_CLOSING_LINES, 0) - 1, -1):
        if CLOSINGS.match(lines[position].strip()) and position and is_name_below(lines, position):
            return position
    return len(lines)


def is_name_below(lines: list[str], position: int) -> bool:
    """Return whether the first line below is short enough for a name, or there is none."""
    below = next((line.strip() for line in lines[position + 1 :] if line.strip()), "")
    return len(below.split()) <= MAX_NAME_WORDS and not re.match(r"[#“\"«„\d•*-]", below)
