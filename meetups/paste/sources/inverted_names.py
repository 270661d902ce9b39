def turn_name(name: str) -> str:
    """Return “Imogen Farrow” for “Farrow, Imogen”; other names, and several of them, as they are."""
    last, comma, first = name.strip().partition(", ")
    return f"{first} {last}" if comma and "," not in first else name.strip()
