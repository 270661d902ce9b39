"""Bring in every list of tests/fixtures/lists and of tests/fixtures/lists/more: who is mailed, and who is lost?

    python -m bench.lists_from_elsewhere

Each list comes into an empty club, with the answers of its expectation. Then this site's export is brought into an empty
club and exported again. Exits with 1 where somebody is mailed who had left, somebody who agreed is lost, or lines differ.
"""

import difflib
import sys

from bench.databases import empty_database, is_within, on_both


def main():
    from tests.newsletter.list_cases import CASES, bring_in, fill_club, read_export  # noqa: PLC0415 - after the settings

    mailed = lost = 0
    for case in CASES:
        subscribed, problem = bring_in(case)
        too_many, missing = sorted(subscribed - case.subscribed), sorted(case.subscribed - subscribed)
        mailed, lost = mailed + len(too_many), lost + len(missing)
        print(f"  {case.name:38} {len(subscribed):3} subscribed {problem} {too_many or ''} {missing or ''}")
    print(f"  {len(CASES)} lists: mailed who had left elsewhere: {mailed}; agreed and lost: {lost}")
    fill_club()
    before = read_export()
    after = read_export(imported=before)
    different = [line for line in difflib.ndiff(before, after) if line[0] in "+-"]
    print(f"  export, import, export: {len(before)} lines, different: {len(different)}")
    return not (mailed or lost or different)


if __name__ == "__main__":
    if not is_within():
        sys.exit(not on_both("bench.lists_from_elsewhere", sys.argv[1:]))
    with empty_database():
        is_well = main()
    sys.exit(not is_well)
