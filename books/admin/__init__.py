from books.admin import books

__all__ = ["books"]
