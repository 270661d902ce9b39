"""Two rows that are one book become one: everything moves to the book that is kept, under its address."""

from dataclasses import dataclass, field

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Max

from bookclub.addresses import OldAddress
from bookclub.publishing import Audience
from bookclub.sameness import bare
from books.models import ITEMS, Book, Contribution, Question, Quote, Reading

FACTS = ["subtitle", "kind", "first_published_year", "publisher", "isbn", "cover"]
COVER = ["cover", "cover_width", "cover_height", "cover_alt"]
GONE = "One of the two books is not there any more: somebody has merged or deleted it. Nothing was changed."
ITSELF = "These two are one book already. Choose another to merge with."


@dataclass
class Preview:
    """What `merge` will do, for people."""

    kept: Book
    gone: Book
    moves: list[tuple[int, str]] = field(default_factory=list)  # (how many, of what)
    taken_over: list[tuple[str, object]] = field(default_factory=list)  # (field, what the kept one has none of)
    dropped: list[tuple[str, object]] = field(
        default_factory=list
    )  # (field, what stays out as the kept one has its own)
    dropped_people: list[Contribution] = field(default_factory=list)  # those the kept one names in the same role
    to_itself: list[Reading] = field(default_factory=list)  # which will recommend the book that they stand in
    equal: list[tuple] = field(default_factory=list)  # pairs of quotes or questions that say the same
    appearing: int = 0  # items that everybody sees afterwards, and not before
    vanishing: int = 0  # items that everybody sees before, and not afterwards


def merge(kept: Book, gone: Book) -> Book:
    """Move all that belongs to `gone` to `kept`, fill in what `kept` has none of, and delete `gone`. One transaction.

    No stamp of an item changes. An item whose book was for members stays for members. A draft that takes in a book
    with a moment gets that moment. Locks both books, the one with the smaller key first: whoever comes second, in
    whichever direction, raises ValidationError with a sentence.
    """
    with transaction.atomic():
        kept, gone = locked(kept.pk, gone.pk)
        narrow_audience(kept, gone)
        for relation in relations():
            move(relation, kept, gone)
        OldAddress.objects.hand_over(gone, kept)
        take_over(kept, gone)
        return kept


def locked(kept, gone):
    if kept == gone:
        raise ValidationError(ITSELF, code="itself")
    books = {book.pk: book for book in Book.objects.select_for_update().filter(pk__in=[kept, gone]).order_by("pk")}
    if len(books) < 2:
        raise ValidationError(GONE, code="gone")
    return books[kept], books[gone]


def relations():
    """Whatever points to a book, of any app: its items, contributions, meetups, write-ups, readings elsewhere."""
    return [relation for relation in Book._meta.related_objects if not relation.many_to_many]


def rows_of(relation, book):
    return relation.related_model.objects.filter(**{relation.field.name: book})


def narrow_audience(kept, gone):
    """What only members saw because its book was for them is theirs under a public book too."""
    if gone.audience == Audience.MEMBERS and kept.audience == Audience.PUBLIC:
        for model in ITEMS:
            model.objects.filter(book=gone, audience=Audience.PUBLIC).update(audience=Audience.MEMBERS)


def move(relation, kept, gone):
    rows, name = rows_of(relation, gone), relation.field.name
    if relation.related_model is Contribution:
        named_twice(kept, gone).delete()
    values = {name: kept}
    if name == "book" and relation.related_model in {*ITEMS, Contribution}:
        values["position"] = F("position") + last_position(rows_of(relation, kept))
    rows.update(**values)


def named_twice(kept, gone):
    """The contributions of `gone` that name somebody whom `kept` names in the same role."""
    same = [(each.contributor_id, each.role) for each in Contribution.objects.filter(book=kept)]
    theirs = Contribution.objects.filter(book=gone).select_related("contributor")
    return theirs.filter(pk__in=[each.pk for each in theirs if (each.contributor_id, each.role) in same])


def last_position(rows):
    return rows.aggregate(last=Max("position"))["last"] or 0


def take_over(kept, gone):
    """Fill in what `kept` has none of. The other row goes first: two rows can't have one ISBN."""
    values = {name: getattr(gone, name) for name in missing(kept, gone)}
    cover = values.pop("cover", None) and {name: getattr(gone, name) for name in COVER}
    Book.objects.get(pk=gone.pk).delete()
    for name, value in values.items():
        setattr(kept, name, value)
    kept.published_at = kept.published_at or gone.published_at
    kept.save()
    if cover:
        Book.objects.filter(pk=kept.pk).update(**cover | {"cover": cover["cover"].name})


def missing(kept, gone):
    """The facts that `gone` has and `kept` has not."""
    return [name for name in FACTS if getattr(gone, name) and not getattr(kept, name)]


def preview(kept: Book, gone: Book) -> Preview:
    """Raises ValidationError as `merge` does, and changes nothing."""
    if kept == gone:
        raise ValidationError(ITSELF, code="itself")
    taken = missing(kept, gone)
    found = Preview(kept, gone, moves=moves(gone), equal=equal_items(kept, gone))
    found.taken_over = [(label(name), getattr(gone, name)) for name in taken]
    found.dropped = [(label(name), getattr(gone, name)) for name in ["title", *FACTS] if is_dropped(kept, gone, name)]
    found.dropped_people = list(named_twice(kept, gone))
    both = {"book__in": [kept, gone], "known_book__in": [kept, gone]}
    found.to_itself = list(Reading.objects.filter(**both))
    found.appearing, found.vanishing = changes_for_everybody(kept, gone)
    return found


def is_dropped(kept, gone, name):
    """Both have it, and not the same."""
    ours, theirs = getattr(kept, name), getattr(gone, name)
    return bool(ours and theirs) and ours != theirs


def label(name):
    return Book._meta.get_field(name).verbose_name


def moves(gone):
    """[(3, "quotes"), (1, "meetup"), …]: what has rows."""
    numbers = [(rows_of(relation, gone).count(), relation) for relation in relations()]
    return [(number, noun(relation, number)) for number, relation in numbers if number]


def noun(relation, number):
    opts = relation.related_model._meta
    word = opts.verbose_name if number == 1 else opts.verbose_name_plural
    return f"{word} elsewhere that point to it" if relation.field.name == "known_book" else str(word)


def equal_items(kept, gone):
    """Pairs of quotes, then of questions, that say the same in both books."""
    pairs = []
    for model in (Quote, Question):
        there = {bare(item.text): item for item in model.objects.filter(book=kept)}
        pairs += [
            (there[words], item) for item in model.objects.filter(book=gone) if (words := bare(item.text)) in there
        ]
    return pairs


def changes_for_everybody(kept, gone):
    """How many items a visitor will newly see, and how many no longer."""
    visitor = AnonymousUser()
    seen = {book.pk: Book.objects.visible_to(visitor).filter(pk=book.pk).exists() for book in (kept, gone)}
    after = Book(published_at=kept.published_at or gone.published_at, audience=kept.audience)
    will_be_seen = after.is_published and after.audience == Audience.PUBLIC
    appear = [kept, *([gone] if gone.audience == Audience.PUBLIC else [])] if will_be_seen else []
    hidden = [book for book in appear if not seen[book.pk]]
    lost = [] if will_be_seen else [book for book in (kept, gone) if seen[book.pk]]
    return count_open(hidden), count_open(lost)


def count_open(books):
    """The items of these books that everybody would see if they saw the book."""
    return sum(model.objects.published().filter(book__in=books, audience=Audience.PUBLIC).count() for model in ITEMS)
