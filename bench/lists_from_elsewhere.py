"""Import every list of tests/fixtures/lists and tests/fixtures/lists/more, and count wrong and lost subscribers.

    python -m bench.lists_from_elsewhere

Each list is imported into an empty club, with the answers that its case gives. Then this site's export is imported into an
empty club and exported again. Exits with 1 if somebody who had left is subscribed, somebody who agreed is not, or lines
differ.
"""

import difflib
import sys

from bench.databases import empty_database, is_within, on_both


def main():
    from tests.newsletter.list_cases import CASES, fill_club, import_case, read_export  # noqa: PLC0415 - after the settings

    mailed = lost = 0
    for case in CASES:
        subscribed, problem = import_case(case)
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
        has_no_fault = main()
    sys.exit(not has_no_fault)
