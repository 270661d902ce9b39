"""The kinds of pieces: label, notation and extra fields of each."""

from dataclasses import dataclass, field

from meetups.paste.notation import LINE, PLAIN, PROSE
from meetups.paste.parser import Kind

EXTRAS = ("heading", "who", "where", "why")


@dataclass(frozen=True)
class KindOptions:
    label: str
    notation: str = PLAIN
    extras: dict[str, str] = field(default_factory=dict)  # names of EXTRAS and their labels


WHERE = "Page or chapter"
KINDS = {
    Kind.PROSE: KindOptions("Prose", PROSE),
    Kind.NOTE: KindOptions("Note on the book", PROSE, {"heading": "Heading"}),
    Kind.TERM: KindOptions(
        "Term", PROSE, {"heading": "Heading", "who": "Source", "where": WHERE, "why": "Who put the italics there"}
    ),
    Kind.QUESTION: KindOptions("Question", LINE, {"heading": "Lead word", "who": "Whose words", "where": WHERE}),
    Kind.QUOTE: KindOptions("Quote", LINE, {"who": "Who wrote it, in a collection", "where": WHERE}),
    Kind.READING: KindOptions("Further reading", PLAIN, {"who": "By", "where": "Web address", "why": "Why"}),
    Kind.SESSION_NOTE: KindOptions("Session note", LINE, {"who": "Who said it"}),
    Kind.TITLE: KindOptions("Title of the write-up"),
    Kind.STANDFIRST: KindOptions("Standfirst"),
    Kind.PULL_QUOTE: KindOptions("Pull quote"),
    Kind.POSTED_BY: KindOptions("Posted by"),
    Kind.POSTED_ON: KindOptions("Date it was posted"),
    Kind.FACT: KindOptions("Fact of the meetup"),
    Kind.BOOK: KindOptions("Title of the book"),
    Kind.CONTRIBUTORS: KindOptions("Who made the book"),
    Kind.AUTHOR_NAME: KindOptions("About you: name"),
    Kind.AUTHOR_BIO: KindOptions("About you: bio", PROSE),
    Kind.AUTHOR_PHONE: KindOptions("About you: phone"),
    Kind.AUTHOR_EMAIL: KindOptions("About you: e-mail"),
    Kind.LABEL: KindOptions("Heading of a part"),
    Kind.LEFT_OUT: KindOptions("Leave out"),
}
OF_BOOK = (Kind.QUOTE, Kind.QUESTION, Kind.NOTE, Kind.TERM, Kind.READING, Kind.LEFT_OUT)
OF_SESSION = (Kind.SESSION_NOTE, Kind.LEFT_OUT)
