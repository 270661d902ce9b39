"""Read the export of a chat: who wrote what, without stamps and notices of the program."""

import re

from meetups.paste.sources.source import Source

READ_AS_CHAT = "Read as the export of a chat: each message is a line with the name before it."
STAMPS = "when each message was sent"
NOTICE = "a notice of the chat program"
MEDIA = "a picture, file or message that the export doesn't hold"
DATE = r"(?:\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{4}[./-]\d{1,2}[./-]\d{1,2}|\d{1,2} \w{3,9}\.? \d{4})"
TIME = r"\d{1,2}[:.]\d{2}(?:[:.]\d{2})?(?:\s?[APap]\.?\s?[Mm]\.?)?"
STAMP = re.compile(rf"^(\[{DATE},?(?: at| um)? {TIME}\]|{DATE},? {TIME}(?: Uhr)? [-–])\s*(.*)$")
TELEGRAM = re.compile(rf"^(.{{1,60}}?), (\[{DATE},?(?: at| um)? {TIME}\]):?$")
SENDER = re.compile(r"^([^:\n]{1,60}?):\s(.*)$|^([^:\n]{1,60}?):()$")
NOTHING_SEEN = str.maketrans(dict.fromkeys("\u200e\u200f\u202a\u202c\u2068\u2069") | {"\u202f": " ", "\u00a0": " "})
OMITTED = re.compile(
    r"^<[^<>]*(?:omitted|ausgeschlossen|weggelassen|omis|omitido|omessi|weggelaten|oculta|attached|anhang)[^<>]*>$|"
    r"^(?:image|photo|video|audio|sticker|gif|document|contact card|bild|foto|vídeo|dokument|afbeelding|imagen|immagine)"
    r"(?: \S+)? (?:omitted|weggelassen|absente?|omitid[oa]|omess[oa]|weggelaten|ausgeblendet)\.?$|"
    r"^.{1,80}\.\w{2,5} \((?:file attached|datei angehängt|fichier joint|archivo adjunto|file allegato|bestand bijgevoegd)\)$|"
    r"^(?:this message was deleted|you deleted this message|diese nachricht wurde gelöscht|missed (?:voice|video) call)\.?$|"
    r"^(?:messages and calls are|nachrichten und anrufe sind|les messages et|los mensajes y|i messaggi e).{0,40}"
    r"(?:end-to-end|ende-zu-ende|bout en bout|extremo a extremo|crittografia).*$",
    re.IGNORECASE,
)
BRACKETED = re.compile(
    r"^\[ ?(?:photo|video|sticker|voice message|gif|file|poll|location|contact|in reply to|forwarded from|foto|bild|antwort auf|weitergeleitet von)\b[^\[\]]*\]$",
    re.IGNORECASE,
)
EDITED = re.compile(r"<(?:this message was edited|diese nachricht wurde bearbeitet)>$", re.IGNORECASE)
TELEPHONE = re.compile(r"^~?\s*\+?[\d][\d\s().-]{6,20}$")
TIMED = re.compile(
    r"^\s*(?:\[[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?\]|\([0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?\)|[0-9]{1,2}:[0-9]{2}:[0-9]{2})\s+(?=\S)"
)
MIN_TIMES = 4
READ_WITHOUT_TIMES = "Read as a transcript: the times in front of the lines are left out."
SAID_AT = "when it was said"
MIN_STAMPS = 3
MAX_LINES_ABOVE = 8  # a title and the book, which somebody wrote above the export


def read_chat(text: str) -> Source | None:
    """Return None for text that is no chat's export."""
    lines = text.translate(NOTHING_SEEN).split("\n")
    filled = [line for line in lines if line.strip()]
    if not filled or not any(is_stamped(line) for line in filled[:MAX_LINES_ABOVE]):
        return None
    if sum(map(is_stamped, filled)) < MIN_STAMPS:
        return None
    reader = ChatReader()
    for line in lines:
        reader.add(line)
    stamps = ("\n".join(reader.stamps), STAMPS)
    return Source(
        text="\n".join(reader.kept).strip("\n"),
        kind="chat",
        reports=(READ_AS_CHAT,),
        doubts=tuple(reader.doubts()),
        left_out=(stamps, *reader.left_out),
    )


def read_timed_transcript(text: str) -> Source | None:
    """Read a transcript with the time in front of each line, "[00:01:10] ANNA: …"; return None for other text."""
    lines = text.split("\n")
    stamps = [TIMED.match(line) for line in lines]
    if sum(map(bool, stamps)) < MIN_TIMES:
        return None
    kept = [line[stamp.end() :] if stamp else line for line, stamp in zip(lines, stamps, strict=True)]
    times = "\n".join(stamp[0].strip() for stamp in stamps if stamp)
    return Source(text="\n".join(kept), reports=(READ_WITHOUT_TIMES,), left_out=((times, SAID_AT),))


def is_stamped(line: str) -> bool:
    return bool(STAMP.match(line.strip()) or TELEGRAM.match(line.strip()))


def is_omitted(words: str) -> bool:
    return len(words) < 200 and bool(OMITTED.match(words) or BRACKETED.match(words))


class ChatReader:
    def __init__(self):
        self.kept: list[str] = []
        self.stamps: list[str] = []
        self.left_out: list[tuple[str, str]] = []
        self.senders: dict[str, None] = {}
        self.sender = ""  # of a message that begins on the next line

    def add(self, line: str) -> None:
        stamped, telegram = STAMP.match(line.strip()), TELEGRAM.match(line.strip())
        if stamped:
            self.stamps.append(stamped[1])
            self.sender = ""
            self.add_message(stamped[2].strip())
        elif telegram:
            self.stamps.append(telegram[2])
            self.sender = telegram[1]
        elif line.strip() and self.sender:
            self.add_words(self.sender, line.strip())
            self.sender = self.sender if is_omitted(line.strip()) else ""
        elif is_omitted(line.strip()):
            self.left_out.append((line.strip(), MEDIA))
        else:
            self.kept.append(EDITED.sub("", line.rstrip()).rstrip())

    def add_message(self, message: str) -> None:
        found = SENDER.match(message)
        if found and (found[1] or found[3]):
            self.add_words(found[1] or found[3], found[2] or found[4] or "")
        elif message:
            self.left_out.append((message, NOTICE))

    def add_words(self, sender: str, words: str) -> None:
        sender = sender.removeprefix("~").strip()
        if is_omitted(words.strip()):
            self.left_out.append((f"{sender}: {words.strip()}", MEDIA))
            return
        self.senders[sender] = None
        if edited := EDITED.search(words):
            self.left_out.append((edited[0], NOTICE))
        self.kept.append(f"{sender}: {EDITED.sub('', words)}".rstrip())

    def doubts(self) -> list[str]:
        numbers = [sender for sender in self.senders if TELEPHONE.match(sender)]
        if not numbers:
            return []
        return [
            f"Messages are signed with a telephone number ({', '.join(numbers)}): put a name there, or leave it out."
        ]
