"""What a piece can be, in words for people: how its text is written, and what else it may have."""

from dataclasses import dataclass, field

from meetups.splitting import Kind

from .notation import LINE, PLAIN, PROSE

EXTRAS = ("heading", "who", "where", "why")


@dataclass(frozen=True)
class As:
    label: str
    notation: str = PLAIN
    extras: dict[str, str] = field(default_factory=dict)  # of EXTRAS, each with its label


WHERE = "Page or chapter"
KINDS = {
    Kind.PROSE: As("Prose", PROSE),
    Kind.NOTE: As("Note on the book", PROSE, {"heading": "Heading"}),
    Kind.TERM: As(
        "Term", PROSE, {"heading": "Heading", "who": "Source", "where": WHERE, "why": "Who put the italics there"}
    ),
    Kind.QUESTION: As("Question", LINE, {"heading": "Lead word", "who": "Whose words", "where": WHERE}),
    Kind.QUOTE: As("Quote", LINE, {"who": "Who wrote it, in a collection", "where": WHERE}),
    Kind.READING: As("Further reading", PLAIN, {"who": "By", "where": "Web address", "why": "Why"}),
    Kind.SESSION_NOTE: As("Session note", LINE, {"who": "Who said it"}),
    Kind.TITLE: As("Title of the write-up"),
    Kind.STANDFIRST: As("Standfirst"),
    Kind.PULL_QUOTE: As("Pull quote"),
    Kind.POSTED_BY: As("Posted by"),
    Kind.POSTED_ON: As("Date it was posted"),
    Kind.FACT: As("Fact of the evening"),
    Kind.BOOK: As("Title of the book"),
    Kind.CONTRIBUTORS: As("Who made the book"),
    Kind.AUTHOR_NAME: As("About you: name"),
    Kind.AUTHOR_BIO: As("About you: bio", PROSE),
    Kind.AUTHOR_PHONE: As("About you: phone"),
    Kind.AUTHOR_EMAIL: As("About you: e-mail"),
    Kind.LABEL: As("Heading of a part"),
    Kind.LEFT_OUT: As("Leave out"),
}
OF_BOOK = (Kind.QUOTE, Kind.QUESTION, Kind.NOTE, Kind.TERM, Kind.READING, Kind.LEFT_OUT)
OF_SESSION = (Kind.SESSION_NOTE, Kind.LEFT_OUT)
