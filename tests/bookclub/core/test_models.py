import zoneinfo

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from bookclub.core.models import Club, CommunityLink
from tests.factories import make_club, make_community_link

pytestmark = pytest.mark.django_db


def test_current_club_without_a_row_has_a_default_name(django_assert_num_queries):
    with django_assert_num_queries(1):
        club = Club.objects.current()

    assert (club.name, club.time_zone) == ("Our Book Club", settings.TIME_ZONE)
    assert club.names_visible_to == Club.Names.MEMBERS
    assert not Club.objects.exists()


def test_club_without_a_row_has_no_links():
    assert Club.objects.current().links_with_url == []


def test_current_club_is_the_stored_row():
    make_club(name="TechTech Book Club")

    assert Club.objects.current().name == "TechTech Book Club"


@pytest.mark.both_databases
def test_club_is_limited_to_one_row():
    make_club()

    with pytest.raises(ValidationError, match="This site serves one club, and it is there already"):
        Club(pk=2, name="Another").full_clean()
    with pytest.raises(IntegrityError, match="there_is_one_club"), transaction.atomic():
        Club.objects.create(pk=2, name="Another")
    with pytest.raises(IntegrityError), transaction.atomic():
        Club.objects.create(name="Another")
    assert Club.objects.get().name == "Test Book Club"


@pytest.mark.parametrize(
    ("name", "parts"),
    [("TechTech Book Club", ("TechTech", "Book Club")), ("Readers", ("Readers", "")), ("", ("", ""))],
)
def test_club_name_splits_into_first_word_and_rest(name, parts):
    assert Club(name=name).name_parts == parts


def test_club_time_zone_must_exist():
    assert make_club(time_zone="Asia/Tokyo").zone == zoneinfo.ZoneInfo("Asia/Tokyo")

    with pytest.raises(ValidationError, match="Write a time zone such as Europe/London"):
        Club(name="A", time_zone="Mars/Olympus").full_clean()


@pytest.mark.both_databases
def test_links_with_url_are_in_order(django_assert_num_queries):
    second = make_community_link(position=2, label="Chat")
    make_community_link(position=0, label="Not yet", url="")
    first = make_community_link(position=1, label="Forum")
    club = Club.objects.current()

    with django_assert_num_queries(1):
        links = [club.links_with_url, club.links_with_url]

    assert links == [[first, second]] * 2


@pytest.mark.both_databases
def test_only_one_link_is_recommended():
    make_community_link(is_recommended=True)
    make_community_link(is_recommended=False)
    make_community_link(is_recommended=False)

    CommunityLink(label="Third", is_recommended=False).full_clean()
    with pytest.raises(ValidationError, match="Another link is the recommended one already"):
        CommunityLink(label="Third", is_recommended=True).full_clean()
    with pytest.raises(IntegrityError), transaction.atomic():
        make_community_link(is_recommended=True)


def test_club_about_is_rendered_as_markdown():
    make_club(about="We read **technology**.")

    assert Club.objects.current().about_html == "<p>We read <strong>technology</strong>.</p>"
