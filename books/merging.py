"""Merge a duplicate book into another: all related rows move, and the old address redirects."""

from dataclasses import dataclass, field

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Max

from bookclub.core.redirects import Redirect
from bookclub.core.text import fold_accents
from bookclub.core.visibility import Audience
from books.models import ITEMS, Book, Contribution, Question, Quote, Reading

FACTS = ["subtitle", "kind", "verdict", "first_published_year", "publisher", "isbn", "cover"]
COVER = ["cover", "cover_width", "cover_height", "cover_alt"]
GONE = "One of the two books is not there any more: somebody has merged or deleted it. Nothing was changed."
ITSELF = "These two are one book already. Choose another to merge with."


@dataclass
class MergePreview:
    """The effects that `merge_books` would have, for the confirmation page."""

    kept: Book
    gone: Book
    moves: list[tuple[int, str]] = field(default_factory=list)  # (count, label)
    taken_over: list[tuple[str, object]] = field(default_factory=list)  # (field, value that `kept` lacks)
    dropped: list[tuple[str, object]] = field(default_factory=list)  # (field, value that is lost: `kept` has its own)
    dropped_people: list[Contribution] = field(default_factory=list)  # `kept` has them in the same role
    to_itself: list[Reading] = field(default_factory=list)  # readings that would point to their own book
    equal: list[tuple] = field(default_factory=list)  # pairs of quotes or questions with the same text
    appearing: int = 0  # items that become public
    vanishing: int = 0  # items that stop being public


def merge_books(kept: Book, gone: Book) -> Book:
    """Move all rows of `gone` to `kept`, fill the empty fields of `kept`, and delete `gone`, in one transaction.

    No item's `published_at` changes. An item stays for members only if its book was. If `kept` is a draft, it takes
    over the `published_at` of `gone`. Both books are locked, the smaller key first; raise ValidationError if one of
    them has been deleted meanwhile.
    """
    with transaction.atomic():
        kept, gone = lock_books(kept.pk, gone.pk)
        narrow_audience(kept, gone)
        for relation in relations_to_book():
            move_rows(relation, kept, gone)
        Redirect.objects.retarget(gone, kept)
        fill_missing_facts(kept, gone)
        return kept


def lock_books(kept, gone):
    if kept == gone:
        raise ValidationError(ITSELF, code="itself")
    books = {book.pk: book for book in Book.objects.select_for_update().filter(pk__in=[kept, gone]).order_by("pk")}
    if len(books) < 2:
        raise ValidationError(GONE, code="gone")
    return books[kept], books[gone]


def relations_to_book():
    """Return all foreign keys to Book in any app: items, contributions, meetups, write-ups, readings of other books."""
    return [relation for relation in Book._meta.related_objects if not relation.many_to_many]


def rows_of(relation, book):
    return relation.related_model.objects.filter(**{relation.field.name: book})


def narrow_audience(kept, gone):
    """Restrict public items of a members-only book to members before they move to a public book."""
    if gone.audience == Audience.MEMBERS and kept.audience == Audience.PUBLIC:
        for model in ITEMS:
            model.objects.filter(book=gone, audience=Audience.PUBLIC).update(audience=Audience.MEMBERS)


def move_rows(relation, kept, gone):
    rows, name = rows_of(relation, gone), relation.field.name
    if relation.related_model is Contribution:
        find_repeated_contributions(kept, gone).delete()
    values = {name: kept}
    if name == "book" and relation.related_model in {*ITEMS, Contribution}:
        values["position"] = F("position") + last_position(rows_of(relation, kept))
    rows.update(**values)


def find_repeated_contributions(kept, gone):
    """Return the contributions of `gone` that `kept` has too: same contributor, same role."""
    same = [(each.contributor_id, each.role) for each in Contribution.objects.filter(book=kept)]
    theirs = Contribution.objects.filter(book=gone).select_related("contributor")
    return theirs.filter(pk__in=[each.pk for each in theirs if (each.contributor_id, each.role) in same])


def last_position(rows):
    return rows.aggregate(last=Max("position"))["last"] or 0


def fill_missing_facts(kept, gone):
    """Fill the empty fields of `kept` from `gone`. `gone` is deleted first: the ISBN is unique."""
    values = {name: getattr(gone, name) for name in missing_facts(kept, gone)}
    cover = values.pop("cover", None) and {name: getattr(gone, name) for name in COVER}
    Book.objects.get(pk=gone.pk).delete()
    for name, value in values.items():
        setattr(kept, name, value)
    kept.published_at = kept.published_at or gone.published_at
    kept.save()
    if cover:
        Book.objects.filter(pk=kept.pk).update(**cover | {"cover": cover["cover"].name})


def missing_facts(kept, gone):
    """Return the names of the fields that `gone` has and `kept` lacks."""
    return [name for name in FACTS if getattr(gone, name) and not getattr(kept, name)]


def preview_merge(kept: Book, gone: Book) -> MergePreview:
    """Return what `merge_books` would do; raise the same ValidationErrors."""
    if kept == gone:
        raise ValidationError(ITSELF, code="itself")
    taken = missing_facts(kept, gone)
    found = MergePreview(kept, gone, moves=count_moves(gone), equal=find_equal_items(kept, gone))
    found.taken_over = [(field_label(name), getattr(gone, name)) for name in taken]
    found.dropped = [
        (field_label(name), getattr(gone, name)) for name in ["title", *FACTS] if is_dropped(kept, gone, name)
    ]
    found.dropped_people = list(find_repeated_contributions(kept, gone))
    both = {"book__in": [kept, gone], "known_book__in": [kept, gone]}
    found.to_itself = list(Reading.objects.filter(**both))
    found.appearing, found.vanishing = count_visibility_changes(kept, gone)
    return found


def is_dropped(kept, gone, name):
    """Return whether both books have a value, and the values differ."""
    ours, theirs = getattr(kept, name), getattr(gone, name)
    return bool(ours and theirs) and ours != theirs


def field_label(name):
    return Book._meta.get_field(name).verbose_name


def count_moves(gone):
    """Return [(3, "quotes"), (1, "meetup"), …] of the relations that have rows."""
    numbers = [(rows_of(relation, gone).count(), relation) for relation in relations_to_book()]
    return [(number, relation_label(relation, number)) for number, relation in numbers if number]


def relation_label(relation, number):
    opts = relation.related_model._meta
    word = opts.verbose_name if number == 1 else opts.verbose_name_plural
    return f"{word} elsewhere that point to it" if relation.field.name == "known_book" else str(word)


def find_equal_items(kept, gone):
    """Return pairs of quotes, then of questions, with the same text in both books."""
    pairs = []
    for model in (Quote, Question):
        there = {fold_accents(item.text): item for item in model.objects.filter(book=kept)}
        pairs += [
            (there[words], item)
            for item in model.objects.filter(book=gone)
            if (words := fold_accents(item.text)) in there
        ]
    return pairs


def count_visibility_changes(kept, gone):
    """Return how many items become visible to a visitor, and how many stop being so."""
    visitor = AnonymousUser()
    seen = {book.pk: Book.objects.visible_to(visitor).filter(pk=book.pk).exists() for book in (kept, gone)}
    after = Book(published_at=kept.published_at or gone.published_at, audience=kept.audience)
    will_be_seen = after.is_published and after.audience == Audience.PUBLIC
    appear = [kept, *([gone] if gone.audience == Audience.PUBLIC else [])] if will_be_seen else []
    hidden = [book for book in appear if not seen[book.pk]]
    lost = [] if will_be_seen else [book for book in (kept, gone) if seen[book.pk]]
    return count_public_items(hidden), count_public_items(lost)


def count_public_items(books):
    """Count the published public items of `books`, whether or not the books are visible."""
    return sum(model.objects.published().filter(book__in=books, audience=Audience.PUBLIC).count() for model in ITEMS)
