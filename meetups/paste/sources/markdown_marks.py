"""Marks of note-taking programs that the site's Markdown has no place for: footnotes, pictures, task boxes, tags."""

import re

NOTE = re.compile(r"(?m)^\[\^([\w-]{1,30})\]:[ \t]*(.*(?:\n(?: {2,}|\t).*|\n(?=\n(?: {4}|\t)).*)*)\n?")
REFERENCE = re.compile(r"\s?\[\^([\w-]{1,30})\](?!:)")
PICTURE = re.compile(r"!\[([^\[\]\n]{0,300})\]\([^()\n]{0,1000}\)")
TASK = re.compile(r"(?m)^([ \t]*[-*+] )\[[ xX]\][ \t]+")
TAGS = re.compile(r"(?m)^[ \t]*(</?(?:aside|details|div|center|section)\b[^<>\n]{0,200}>)[ \t]*$", re.IGNORECASE)
SUMMARY = re.compile(r"</?(?:summary|u|mark|font|span|kbd|small)\b[^<>\n]{0,200}>", re.IGNORECASE)
BREAK = re.compile(r"<br ?/?>", re.IGNORECASE)
WIKI = re.compile(r"\[\[(?:([^\[\]|\n]{1,200})\|)?([^\[\]|\n]{1,200})\]\]")
HIGHLIGHT = re.compile(r"(?<![=\w])==(?=\S)([^=\n]{1,300})(?<=\S)==(?![=\w])")
COMMENT = re.compile(r"%%[^%\n]{1,500}%%")
COMMENT_REASON = "a comment of the note program"
TARGET_REASON = "the page that a link of the note program leads to"
FENCE = re.compile(r"(?m)^(```|~~~)")
TAG_REASON = "a tag of the program that wrote the file"
PICTURE_REASON = "the words that describe a picture"


def expand_footnotes(text: str) -> str:
    """Put the words of each footnote in brackets where its mark stands; what is not both mark and note stays."""
    notes = {found[1]: " ".join(found[2].split()) for found in NOTE.finditer(text)}
    marked = {found[1] for found in REFERENCE.finditer(NOTE.sub("", text))}
    used = {key for key, words in notes.items() if key in marked and words}
    if not notes:
        return text
    body = NOTE.sub(lambda found: "" if found[1] in used else f"\\{found[0]}", text)
    seen: set[str] = set()

    def expand(found):
        key = found[1]
        if key not in used or key in seen:  # a second mark of the same note stays as typed
            return found[0]
        seen.add(key)
        return f" ({notes[key]})"

    return REFERENCE.sub(expand, body)


def plain_marks(text: str) -> tuple[str, list[tuple[str, str]], int]:
    """Return the text without these marks, what was left out with the reason, and the number of pictures."""
    left_out, pictures, parts = [], 0, []
    for position, part in enumerate(split_code(text)):
        if position % 2:  # code stays as typed
            parts.append(indent_code(part))
            continue
        pictures += len(PICTURE.findall(part))
        left_out += [(words.strip(), PICTURE_REASON) for words in PICTURE.findall(part) if words.strip()]
        left_out += [(tag, TAG_REASON) for tag in [*TAGS.findall(part), *SUMMARY.findall(part)]]
        part = SUMMARY.sub("", TAGS.sub("", PICTURE.sub("", part)))
        left_out += [(words.strip(), COMMENT_REASON) for words in COMMENT.findall(part)]
        left_out += [(words.strip(), TARGET_REASON) for words, _ in WIKI.findall(part) if words]
        part = HIGHLIGHT.sub(r"\1", WIKI.sub(r"\2", COMMENT.sub("", part)))
        part = TASK.sub(r"\1", part)
        part = "\n".join(break_line(line) for line in part.split("\n"))
        parts.append(part.replace("&nbsp;", "\u00a0"))
    return "".join(parts), left_out, pictures


def indent_code(part: str) -> str:
    """Return fenced code as indented code, which the renderer knows."""
    lines = part.strip("\n").split("\n")
    lines = lines[1:-1] if len(lines) > 1 and FENCE.match(lines[-1]) else lines[1:]
    return "\n" + "".join(f"    {line}\n" for line in lines) + "\n"


def break_line(line: str) -> str:
    """Part the line at each <br>; within a row of a table, which has no line breaks, write a slash."""
    parts = BREAK.split(line)
    if len(parts) == 1:
        return line
    between = " / " if line.lstrip().startswith("|") else "  \n"
    return between.join(filter(None, (part.rstrip() for part in parts)))


def split_code(text: str) -> list[str]:
    """Return text and fenced code in turn."""
    parts, inside = [""], ""
    for line in text.splitlines(keepends=True):
        fence = FENCE.match(line)
        if fence and not inside:
            inside = fence[1]
            parts.append(line)
        elif fence and fence[1] == inside:
            parts[-1] += line
            parts.append("")
            inside = ""
        else:
            parts[-1] += line
    return parts


LIST_ITEM = re.compile(r"^(?:([-*+])|\d{1,3}[.)])[ \t]")
BLOCK_START = re.compile(r"^\s*(?:[-*+][ \t]|\d{1,3}[.)][ \t]|#{1,6} |>|\||```|~~~|(?:[-*_] ?){3,}$)")
SHORT_LINE = 60  # shorter lines were not broken by a program, but by the person


def part_lines(text: str) -> str:
    """Keep the returns that a person typed, and part lists from the lines right above them.

    The renderer joins lines to paragraphs, and takes a list right below other lines for a part of these.
    """
    parts = split_code(text)
    for position in range(0, len(parts), 2):
        lines = parts[position].split("\n")
        pairs = zip(lines, [*lines[1:], ""], strict=True)
        parts[position] = "\n".join(line + line_end(line, below) for line, below in pairs)
    return "".join(parts)


def line_end(line: str, below: str) -> str:
    """Return what goes between two lines besides the return."""
    if not line.strip() or not below.strip():
        return ""
    item, item_below = LIST_ITEM.match(line), LIST_ITEM.match(below)
    if item_below and not line[:1].isspace() and (not item or bool(item[1]) != bool(item_below[1])):
        return "\n"
    if not line.strip(" >") or not below.strip(" >"):
        return ""
    is_plain = not re.match(r"\s*(?:#{1,6} |\||```|~~~)", line) and line.strip("-*_ |:")
    starts_block = BLOCK_START.match(below) and not (line.startswith(">") and below.startswith(">"))
    return "  " if is_plain and not starts_block and len(line) < SHORT_LINE and line[-2:] != "  " else ""
