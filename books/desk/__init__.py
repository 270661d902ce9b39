"""What the desk can do with a book beyond its form: each module is a part of BookAdmin."""
