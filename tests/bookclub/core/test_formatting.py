import pytest

from bookclub.core.formatting import format_zone


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("Europe/London", "London time"),
        ("America/Argentina/Buenos_Aires", "Buenos Aires time"),
        ("Etc/GMT+5", "UTC−5"),  # POSIX counts west of Greenwich
        ("Etc/GMT-14", "UTC+14"),
        ("Etc/GMT+0", "UTC"),
        ("GMT0", "UTC"),
        ("Etc/UTC", "UTC"),
        ("Zulu", "UTC"),
        ("Etc/Greenwich", "UTC"),
        ("CET", "CET time"),
    ],
)
def test_zone_has_the_name_of_a_place_or_its_difference_from_utc(key, words):
    assert format_zone(key) == words
