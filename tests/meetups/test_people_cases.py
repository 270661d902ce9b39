"""People in the write-ups of `tests/fixtures/paste`: each name that readers would see is pointed out."""

import pytest

from meetups.person_names import find_people, list_names
from tests.meetups.people_cases import case_files, expected_names, is_among, names_pointed_out, read_case, speakers

CASES = [pytest.param(path, id=path.stem) for path in case_files()]


@pytest.mark.parametrize("path", CASES)
def test_every_name_that_readers_see_is_pointed_out(path):
    case = read_case(path)

    found = names_pointed_out(case)

    assert [name for name in expected_names(case) if not is_among(name, found)] == []


@pytest.mark.parametrize("path", CASES)
def test_at_most_as_many_other_words_as_names_are_pointed_out(path):
    case = read_case(path)
    people = [*case.get("people", []), *speakers(case), case.get("posted_by", "")]

    found = names_pointed_out(case)

    false = [name for name in found if not is_among(name, people)]
    assert len(false) <= max(1, len(found) - len(false))


@pytest.mark.parametrize("path", [each for each in CASES if each.values[0].with_suffix(".txt").exists()])
def test_every_name_is_found_in_the_document_as_it_was_pasted(path):
    text = path.with_suffix(".txt").read_text("utf-8")

    found = list_names(find_people(text))

    assert [name for name in read_case(path).get("people", []) if not is_among(name, found)] == []
