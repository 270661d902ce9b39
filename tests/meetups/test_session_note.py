import pytest

from bookclub.core.models import Club
from meetups.models import SessionNote
from tests.factories import make_member, make_session_note, make_writeup

pytestmark = pytest.mark.django_db

NOBODY, MEMBERS, PUBLIC = Club.Names


@pytest.mark.parametrize(
    ("rule", "agreed", "visitor_reads", "member_reads"),
    [
        (NOBODY, False, "", ""),
        (MEMBERS, False, "", "Nick"),
        (PUBLIC, False, "Nick", "Nick"),
        (NOBODY, True, "Nick Land-Smith", "Nick Land-Smith"),
        (MEMBERS, True, "Nick Land-Smith", "Nick Land-Smith"),
        (PUBLIC, True, "Nick Land-Smith", "Nick Land-Smith"),
    ],
)
def test_name_for_follows_club_rule_and_agreement(visitor, bob, rule, agreed, visitor_reads, member_reads):
    note = make_session_note(name="Nick Land-Smith", name_is_public=agreed)
    club = Club(names_visible_to=rule)

    assert note.name_for(visitor, club) == visitor_reads
    assert note.name_for(bob, club) == member_reads


def test_names_are_for_members_by_default(visitor, bob):
    note = make_session_note(name="Nick")
    waits_for_a_yes = make_member(approved_at=None)

    assert [note.name_for(user, Club()) for user in (visitor, waits_for_a_yes, bob)] == ["", "", "Nick"]


def test_name_for_note_without_name_is_empty(bob):
    assert make_session_note().name_for(bob, Club(names_visible_to=PUBLIC)) == ""


def test_with_names_for_lists_visible_names(visitor):
    writeup = make_writeup()
    make_session_note(writeup=writeup, position=2, name="Ada", name_is_public=True)
    make_session_note(writeup=writeup, position=1, name="Nick")

    notes = writeup.session_notes.with_names_for(visitor, Club(names_visible_to=MEMBERS))

    assert [(note.position, note.shown_name) for note in notes] == [(1, ""), (2, "Ada")]


def test_name_for_shows_first_word_of_name(bob):
    note = make_session_note(name="Łukasz de la Cruz")

    assert note.name_for(bob, Club(names_visible_to=MEMBERS)) == "Łukasz"


@pytest.mark.both_databases
def test_anchor_stays_when_notes_are_reordered():
    first, second = make_session_note(position=1), make_session_note(position=2)
    anchors = [first.anchor, second.anchor]

    first.position, second.position = 2, 1
    first.save()
    second.save()

    assert [note.anchor for note in SessionNote.objects.all()] == anchors[::-1]
    assert anchors == [f"session-note-{first.pk}", f"session-note-{second.pk}"]


@pytest.mark.both_databases
def test_visible_to_follows_writeup(visitor, olga):
    shown = make_session_note(writeup=make_writeup())
    hidden = make_session_note(writeup=make_writeup(published_at=None))

    assert list(SessionNote.objects.visible_to(visitor)) == [shown]
    assert set(SessionNote.objects.visible_to(olga)) == {shown, hidden}


@pytest.mark.parametrize("ticked", [False, True])
@pytest.mark.parametrize(("agrees", "visitor_reads"), [(False, ""), (True, "Nick Land-Smith")])
def test_member_agreement_overrides_organiser(visitor, bob, ticked, agrees, visitor_reads):
    nick = make_member(name="Nicholas", agrees_to_be_named=agrees)
    note = make_session_note(name="Nick Land-Smith", member=nick, name_is_public=ticked)

    assert note.name_for(visitor, Club(names_visible_to=MEMBERS)) == visitor_reads


def test_speaker_defaults_to_member_name(visitor, bob):
    note = make_session_note(member=make_member(name="Nicholas Land-Smith"))

    assert note.name_for(bob, Club(names_visible_to=MEMBERS)) == "Nicholas"
    assert note.name_for(visitor, Club(names_visible_to=MEMBERS)) == ""


def test_member_names_take_no_extra_queries(visitor, django_assert_num_queries):
    writeup = make_writeup()
    for _ in range(3):
        make_session_note(writeup=writeup, member=make_member(agrees_to_be_named=True))

    with django_assert_num_queries(1):
        names = [note.shown_name for note in writeup.session_notes.with_names_for(visitor, Club())]

    assert all(names)
