"""What becomes public with a book or an item of it, in words, for the page that asks before it does."""

from bookclub.admin_base.publishing import PublishingSummary
from bookclub.core.formatting import count_noun
from books.models import ITEMS


class BookSummary(PublishingSummary):
    """A book without its items: these are published with a write-up of the book, or in their lists. Ten queries."""

    @property
    def notes(self):
        makers = [f"{role} {', '.join(map(str, people))}" for role, people in self.row.credits]
        published = self._count_items(lambda rows: rows.published())
        drafts = self._count_items(lambda rows: rows.drafts())
        return [
            f"Its page names: {'; '.join(makers)}." if makers else "Its page names nobody: it has no contributors yet.",
            *([f"Readers see with it what is published already: {', '.join(published)}."] if published else []),
            *(
                [
                    f"These stay drafts: {', '.join(drafts)}. They go out with its next write-up, or from their own lists."
                ]
                if drafts
                else []
            ),
        ]

    @property
    def hiding_notes(self):
        published = self._count_items(lambda rows: rows.published())
        return [f"Hidden with it: {', '.join(published)}."] if published else []

    def _count_items(self, choose):
        counts = [(choose(model.objects.filter(book=self.row)).count(), model._meta) for model in ITEMS]
        return [count_noun(number, opts.verbose_name, opts.verbose_name_plural) for number, opts in counts if number]


class ItemSummary(PublishingSummary):
    @property
    def notes(self):
        return [] if self.row.book.is_published else [describe_hidden_book(self.row.book)]


def describe_hidden_book(book):
    return f"“{book}” is not published itself: its page is hidden, and all on it."
