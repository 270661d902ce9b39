"""Deleting accounts at the same moment, in processes of their own."""

import pytest

from bookclub.mail.models import OutgoingMail
from meetups.models import SeatCounter
from members import account_deletion
from members.account_deletion import delete_account
from members.models import Member
from tests.factories import make_meetup, make_member, make_organiser, make_rsvp
from tests.racing import FORK, ask, race

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]


def test_concurrent_deletion_keeps_one_organiser():
    organisers = [make_organiser() for _ in range(3)]

    runs = race([lambda each=each: delete_account(each) for each in organisers])

    assert sorted(run.error[:15] for run in runs) == ["", "", "ValidationError"]
    assert Member.objects.organisers().count() == 1


def test_concurrent_deletion_without_lock_deletes_all_organisers():
    organisers = [make_organiser() for _ in range(3)]
    have_counted = FORK.Barrier(len(organisers))

    def count_first(member):
        account_deletion.check_can_delete(member)
        have_counted.wait()
        account_deletion.check_can_delete = lambda *members: None  # only in this process, which ends after the act
        delete_account(member)

    runs = race([lambda each=each: count_first(each) for each in organisers])

    assert [run.error for run in runs] == [""] * 3
    assert not Member.objects.organisers().exists()


def test_concurrent_deletion_of_one_member_deletes_once(bob):
    runs = race([lambda: delete_account(bob)] * 4)

    assert [run.error for run in runs] == [""] * 4
    assert OutgoingMail.objects.filter(kind="account-deleted").count() == 1


def test_concurrent_deletion_hands_out_freed_seats():
    meetups = [make_meetup(capacity=4) for _ in range(2)]
    members = [make_member() for _ in range(6)]
    for meetup in meetups:
        for member in members:
            make_rsvp(meetup, member)
    late = [make_member() for _ in range(2)]

    acts = [lambda each=each: delete_account(each) for each in members[:4]]
    runs = race([*acts, *(ask(meetup, member) for meetup, member in zip(meetups, late, strict=True))])

    assert [run.error for run in runs] == [""] * 6
    for meetup, newcomer in zip(meetups, late, strict=True):
        assert {rsvp.member for rsvp in meetup.rsvps.going()} == {*members[4:], newcomer}
        assert SeatCounter.objects.get(meetup=meetup).taken == meetup.rsvps.count() == 3
