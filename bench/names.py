"""Compare names of people in the sample write-ups with those pointed out: `python -m bench.names` prints them by file.

Of the unseen ones only the numbers are printed, since nothing may be changed for them. Expected are the names in the texts that readers see. False are names that are neither expected nor of anybody else of
the club (who spoke or posted). Ends with 1 if a name is missed.
"""

import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bookclub.settings")
django.setup()

from tests.meetups.people_cases import case_files, expected_names, is_among, names_pointed_out, read_case, speakers  # noqa: E402


def main():
    paths = [*case_files("cases"), *case_files("unseen")]
    if not paths:
        return "tests/fixtures/paste holds no write-ups."
    totals = [0, 0, 0, 0]
    print("expected  pointed out  missed  false")
    for path in paths:
        case = read_case(path)
        expected, found = expected_names(case), names_pointed_out(case)
        missed = [name for name in expected if not is_among(name, found)]
        others = [*expected, *speakers(case), case.get("posted_by", "")]
        false = [name for name in found if not is_among(name, others)]
        counts = [len(expected), len(found), len(missed), len(false)]
        totals = [sum(pair) for pair in zip(totals, counts, strict=True)]
        lists = {"missed": missed, "false": false} if path.parent.name == "cases" else {}
        details = "".join(f"; {label}: {', '.join(names)}" for label, names in lists.items() if names)
        print("{:8} {:12} {:7} {:6}  ".format(*counts) + f"{path.parent.name}/{path.stem}{details}")
    print("{:8} {:12} {:7} {:6}  ".format(*totals) + "all")
    return int(totals[2] > 0)


if __name__ == "__main__":
    sys.exit(main())
