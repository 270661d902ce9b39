from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Person:
    """A name in a text, from the character `start` to `end`, with the shape by which it was found."""

    name: str
    start: int
    end: int
    evidence: str  # "speaker", "attendee", "score", "after words", "sentence", "handle" or "known"

    def moved(self, distance: int) -> "Person":
        return replace(self, start=self.start + distance, end=self.end + distance)
