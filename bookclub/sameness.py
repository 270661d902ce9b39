"""Whether two texts say the same, whoever typed them."""

import unicodedata


def bare(text: str) -> str:
    """Its letters and figures alone, small and without accents: “The Lamp!” and “the  lamp” are the same."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    kept = "".join(letter if letter.isalnum() else " " for letter in letters if not unicodedata.combining(letter))
    return " ".join(kept.split())
