"""Lists of other programs: who left or never confirmed there gets no mail, and who agreed is not lost."""

import pytest

from newsletter.models import Subscriber
from tests.newsletter.list_cases import CASES, bring_in, fill_club, read_export

pytestmark = pytest.mark.django_db


@pytest.mark.both_databases
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_list_brings_in_who_agreed_and_nobody_who_left(case):
    subscribed, _ = bring_in(case)

    assert subscribed == case.subscribed


@pytest.mark.both_databases
def test_export_comes_back_with_every_state_and_proof():
    fill_club()
    before = read_export()

    after = read_export(imported=before)

    assert len({row.state for row in Subscriber.objects.all()}) == 4
    assert after == before
