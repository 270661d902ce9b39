"""Leave out what an old site printed around a write-up, each with a reason."""

import re

from meetups.paste.blocks import Block, Layout
from meetups.paste.parser.cursor import Reader
from meetups.paste.parser.headings import Section, looks_like_heading
from meetups.paste.pieces import Kind

RULE = re.compile(r"[-=*_~#+–—•·]{2,}")
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
    r"(?:share (?:this|on \w+).{0,40}|click to (?:share|print|e-?mail).{0,80}|leave a (?:comment|reply)|read more|click here|"
    r"(?=.*[a-z])(?:[0-9]+|likes?|previous|next|reply|share|restacks?|comments?|[·∙|() ])+|discussion about this post|start writing.{0,40}|get the app|"
    r"(?:©|copyright).{0,120}|proudly powered by.{0,40}|(?:this site is )?powered by.{0,40}|view all posts.{0,60}|published by.{0,60}|"
    r".{0,60}\bsubscribe to get the next.{0,60}|back to (?:the )?top|skip to content|[0-9]+ (?:comments?|thoughts? on .{0,80})|(?:previous|next) (?:post|article)|(?:newer|older) posts?.{0,60}|(?:tags?|labels|categories):.{0,80}|e-?mail this.{0,20}blogthis.{0,80}|"
    r"filed under.{0,80}|all rights reserved.?|\[(?:/?caption|gallery|/?embed)[^\]]{0,200}\])",
    re.IGNORECASE,
)
COMMENTS = re.compile(r"discussion about|[0-9]+ (?:comments?|thoughts?)", re.IGNORECASE)
ISBN = re.compile(r"ISBN(?:-1[03])?\s*:?\s*[0-9][0-9 –-]{8,20}[0-9Xx]\.?", re.IGNORECASE)
MARK_OF_PROGRAM = re.compile(r"\[![\w-]{1,30}\][+-]?|<[^<>]{1,30}\bomitted>")
TAGS = re.compile(r"(?:#[^\W\d_][\w/-]*\s*)+")
SIGNATURE = re.compile(r"sign(?:ed|ature)\W*[._]{4,}", re.IGNORECASE)
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


def plain_leftover(reader: Reader, block: Block) -> bool:
    """Leave out a line that is not part of the write-up, in any section."""
    reason = reason_against(reader, block)
    if reason:
        reader.leave_out(block, reason)
    return bool(reason)


def reason_against(reader: Reader, block: Block) -> str:
    text, short = block.text, len(block.text) <= MAX_LEFTOVER_LENGTH
    if not text:
        return "an empty list item"
    if RULE.fullmatch("".join(text.split()[:80])) and short:
        return "a drawn line"
    if is_around_text(reader, block) and is_same_text(text, reader.first_text(Kind.TITLE)):
        return "repeats the title"
    if is_around_text(reader, block) and is_same_text(text, reader.first_text(Kind.BOOK)):
        return "repeats the book's title"
    if short and PROMISE.match(text):
        return "the club's newsletter promise, which the club keeps once for all pages"
    if short and SIGN_UP.fullmatch(text):
        return "the newsletter's sign-up stands on every page"
    if short and ISBN.fullmatch(text):
        return "the ISBN: with it, “Look up” on the book's page finds cover and publisher"
    if short and SIGNATURE.match(text):
        return "a line for a signature"
    if MARK_OF_PROGRAM.fullmatch(text):
        return "a mark of the note program"
    if short and TAGS.fullmatch(text):
        return "tags of the old site"
    if short and block.layout in {Layout.PARAGRAPH, Layout.ITEM, Layout.HEADING} and FURNITURE.fullmatch(text):
        if COMMENTS.match(text) and reader.position > len(reader.blocks) / 2:
            reader.section = Section.RELATED
        return "a control of the old site"
    return ""


def is_around_text(reader: Reader, block: Block) -> bool:
    """Return whether the block stands in the head, or below the session's notes. Elsewhere a line may be a refrain."""
    below = reader.section in {Section.AUTHOR, Section.RELATED} or (
        reader.section == Section.SESSION and reader.lists_notes
    )
    return not block.is_item and (reader.section == Section.HEAD or below)


def is_same_text(text: str, other: str) -> bool:
    return bool(other) and text.casefold().split() == other.casefold().split()


def prose_leftover(reader: Reader, block: Block) -> bool:
    """Leave out jump links and captions, which occur in the prose only; an invitation is kept with a doubt."""
    text = block.text
    if len(text) <= MAX_LEFTOVER_LENGTH and JUMP.fullmatch(text):
        reason = "a link to the notes below, which the page has of its own"
        reader.leave_out(block, reason, doubt=f"“{text}” is taken for a link to the notes.", likely=Kind.PROSE)
    elif is_invitation(text):
        doubt = (
            "This reads as an invitation to the club's groups. The page has the club's own links below it: keep both?"
        )
        reader.add(Kind.PROSE, block, doubt=doubt, likely=Kind.LEFT_OUT)
    elif block.layout == Layout.CAPTION or is_caption(reader, block):
        reason = "a picture's caption or alternative text; the picture itself is not in the text"
        reader.leave_out(block, reason, doubt=f"“{text}” is taken for a picture's caption.", likely=Kind.PROSE)
    else:
        return False
    return True


def is_invitation(text: str) -> bool:
    channels = {word.casefold() for word in CHANNELS.findall(text)}
    return len(text) <= MAX_INVITATION_LENGTH and len(channels) > 1 and bool(INVITATION.search(text))


def is_caption(reader: Reader, block: Block) -> bool:
    text = block.text
    if not block.is_paragraph or not looks_like_heading(text):
        return False
    titled = all(word[0].isupper() for word in text.split() if len(word) > 3)
    called_so = CAPTION.fullmatch(text) or (titled and TITLED_CAPTION.fullmatch(text))
    return bool(called_so) or " ".join(text.split()) in reader.title_openings


def glued_caption(reader: Reader, block: Block) -> Block:
    """Cut off a picture's alternative text that ran into the prose: "Smart UrbanismAnd that is …"."""
    match = GLUE.match(block.text) if block.is_paragraph else None
    if not match or match[0] not in reader.title_openings:
        return block
    doubt = f"“{match[0]}” ran into the next word and is taken for a picture's alternative text."
    reason = "a picture's alternative text; the picture itself is not in the text"
    reader.leave_out(block.part(0, match.end()), reason, doubt=doubt, likely=Kind.PROSE)
    return block.part(match.end())
