from dataclasses import dataclass


@dataclass(frozen=True)
class Person:
    """A name in a text, from the character `start` to `end`, with the shape by which it was found."""

    name: str
    start: int
    end: int
    evidence: str  # "speaker", "attendee", "score", "after words", "sentence", "handle" or "known"
