"""Leave out what an old site printed around a write-up, each with a reason."""

import re

from meetups.paste.parser.cursor import Reader
from meetups.paste.parser.headings import looks_like_heading
from meetups.paste.parser.lines import Paragraph
from meetups.paste.parser.pieces import Kind, Shape

RULE = re.compile(r"[-=*_~#+–—]{2,}")
PROMISE = re.compile(r"(?:don[’']t worry, )?we(?:[’']ll| will)? never (?:share|sell|pass on|spam)\b", re.IGNORECASE)
SIGN_UP = re.compile(
    r"(?:sign up|subscribe|join)(?: (?:to|for))? (?:our|the) (?:e-?mail )?(?:newsletter|mailing list)[.!]?|newsletter|subscribe",
    re.IGNORECASE,
)
JUMP = re.compile(
    r"(?:read|jump to|skip to|go (?:straight )?to|see) (?:our |the )?[^.?!]*\b(?:notes|points|quotes|questions)\b[^.?!]*\b(?:here|below)",
    re.IGNORECASE,
)
FURNITURE = re.compile(
    r"(?:share (?:this|on \w+).{0,40}|leave a (?:comment|reply)|read more|click here|back to (?:the )?top|skip to content|"
    r"[0-9]+ comments?|(?:previous|next) (?:post|article)|tags?:.{0,80}|filed under.{0,80}|all rights reserved.?)",
    re.IGNORECASE,
)
INVITATION = re.compile(r"\b(?:get involved|ways to join|join(?:ing)? our|follow us on|find us on)\b", re.IGNORECASE)
CHANNELS = re.compile(
    r"\b(?:(?i:whatsapp|facebook|meetup\.com|discord|twitter|mastodon|instagram|linkedin|telegram|goodreads|"
    r"newsletter|mailing list)|Slack|Signal)\b"
)
CAPTION = re.compile(r"(?:photo|picture|image|photograph|caption|fig(?:ure)?)\b.*", re.IGNORECASE)
TITLED_CAPTION = re.compile(r".* (?:Group|Photo|Picture|Image|Logo|Cover)")
GLUE = re.compile(r"(?:[A-Z0-9][\w’'-]*[ ]){1,8}?[\w’'-]*?[a-z](?=[A-Z][a-z]* )")
MAX_LEFTOVER_LENGTH = 160
MAX_INVITATION_LENGTH = 400


def plain_leftover(reader: Reader, paragraph: Paragraph) -> bool:
    """Leave out a line that is not part of the write-up, in any section."""
    reason = reason_against(reader, paragraph)
    if reason:
        reader.leave_out(paragraph, reason)
    return bool(reason)


def reason_against(reader: Reader, paragraph: Paragraph) -> str:
    text, short = paragraph.text, len(paragraph.text) <= MAX_LEFTOVER_LENGTH
    if not text:
        return "an empty list item"
    if RULE.fullmatch("".join(text.split()[:80])) and short:
        return "a drawn line"
    if is_same_text(text, reader.first_text(Kind.TITLE)):
        return "repeats the title"
    if is_same_text(text, reader.first_text(Kind.BOOK)):
        return "repeats the book's title"
    if short and PROMISE.match(text):
        return "the club's newsletter promise, which the club keeps once for all pages"
    if short and SIGN_UP.fullmatch(text):
        return "the newsletter's sign-up stands on every page"
    if short and paragraph.shape == Shape.PARAGRAPH and FURNITURE.fullmatch(text):
        return "a control of the old site"
    return ""


def is_same_text(text: str, other: str) -> bool:
    return bool(other) and text.casefold().split() == other.casefold().split()


def prose_leftover(reader: Reader, paragraph: Paragraph) -> bool:
    """Leave out jump links, invitations and captions, which occur in the prose only."""
    text = paragraph.text
    if len(text) <= MAX_LEFTOVER_LENGTH and JUMP.fullmatch(text):
        reason = "a link to the notes below, which the page has of its own"
        reader.leave_out(paragraph, reason, doubt=f"“{text}” is taken for a link to the notes.")
    elif is_invitation(text):
        reason = "an invitation to the club's groups, for which the page has the club's own community links"
        reader.leave_out(paragraph, reason, doubt="This paragraph is taken for an invitation to the club's groups.")
    elif is_caption(reader, text):
        reason = "a picture's caption or alternative text; the picture itself is not in the text"
        reader.leave_out(paragraph, reason, doubt=f"“{text}” is taken for a picture's caption.")
    else:
        return False
    return True


def is_invitation(text: str) -> bool:
    channels = {word.casefold() for word in CHANNELS.findall(text)}
    return len(text) <= MAX_INVITATION_LENGTH and len(channels) > 1 and bool(INVITATION.search(text))


def is_caption(reader: Reader, text: str) -> bool:
    if not looks_like_heading(text):
        return False
    titled = all(word[0].isupper() for word in text.split() if len(word) > 3)
    called_so = CAPTION.fullmatch(text) or (titled and TITLED_CAPTION.fullmatch(text))
    return bool(called_so) or " ".join(text.split()) in reader.title_openings


def glued_caption(reader: Reader, paragraph: Paragraph) -> Paragraph:
    """Cut off a picture's alternative text that ran into the prose: "Smart UrbanismAnd that is …"."""
    match = GLUE.match(paragraph.source) if paragraph.shape == Shape.PARAGRAPH else None
    if not match or match[0] not in reader.title_openings:
        return paragraph
    doubt = f"“{match[0]}” ran into the next word and is taken for a picture's alternative text."
    reader.leave_out(
        paragraph.part(0, match.end()),
        "a picture's alternative text; the picture itself is not in the text",
        doubt=doubt,
    )
    return paragraph.part(match.end())
