"""`python -m bookclub.make_env` writes `.env` from `.env.example` with a random key. Uses only the standard library."""

import os
import secrets
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent


def write_env(path: Path, example: str) -> None:
    """Write the file, readable by its owner only. Raise FileExistsError if it exists."""
    text = example.replace("SECRET_KEY=\n", f"SECRET_KEY={secrets.token_urlsafe(50)}\n")
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)


if __name__ == "__main__":
    write_env(BASE_DIR / ".env", (BASE_DIR / ".env.example").read_text(encoding="utf-8"))
