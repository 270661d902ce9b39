import pytest
import time_machine

from bookclub.core.slugs import is_slug_of, unique_slug
from books.models import Book
from meetups.models import WriteUp
from tests.factories import make_book

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("Smart Urbanism: Utopian Vision?", "smart-urbanism-utopian-vision"),
        ("Łódź – “Élan”", "lodz-elan"),
        ("Мастер и Маргарита", "master-i-margarita"),
        ("דברים", "dvrym"),
        ("ألف ليلة وليلة", "lf-lylh-wlylh"),
        ("村上春樹 (BookClub)", "cun-shang-chun-shu-bookclub"),
        ("Ο Ζορμπάς ’25", "o-zormpas-25"),
        ("😀", "book-2026-11-29"),
        ("", "book-2026-11-29"),
        ("--", "book-2026-11-29"),
        ("a" * 300, "a" * 100),
        ("a" * 99 + " b", "a" * 99),
    ],
)
@time_machine.travel("2026-11-29 12:00")
def test_slug_has_url_safe_characters(text, slug):
    assert unique_slug(Book.objects.all(), text, fallback="book") == slug


def test_taken_slug_gets_the_next_number(django_assert_num_queries):
    for slug in ("poems", "poems-2", "poems-of-one", "poems-20"):
        make_book(slug=slug)

    with django_assert_num_queries(1):
        slug = unique_slug(Book.objects.all(), "Poems", fallback="book")

    assert slug == "poems-3"


def test_longest_slug_with_a_number_fits_its_column():
    for _ in range(12):
        make_book(slug=unique_slug(Book.objects.all(), "a" * 300, fallback="book"))

    slugs = list(Book.objects.values_list("slug", flat=True))
    assert len(set(slugs)) == 12
    assert max(map(len, slugs)) <= Book._meta.get_field("slug").max_length


@pytest.mark.parametrize(
    ("slug", "text", "is_made"),
    [
        ("poems", "Poems", True),
        ("poems-12", "Poems", True),
        ("poems-of-one", "Poems", False),
        ("smert", "Смерть", True),
        ("book-2026-11-29-2", "😀", True),
        ("book", "😀", False),
        ("", "", False),
    ],
)
def test_slug_is_told_from_a_typed_one(slug, text, is_made):
    assert is_slug_of(slug, text, fallback="book") == is_made


def test_reserved_slug_is_not_given():
    assert unique_slug(WriteUp.objects.all(), "Feed", fallback="write-up") == "feed-2"
