"""Count the cells of the access table with a mark where it doesn't belong: `python -m bench.access_table [--tenth]`.

Each URL × ten kinds of people × GET, HEAD, POST and the other methods, as tests/access/test_table.py requests them.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from xml.etree import ElementTree

TESTS = ["tests/access/test_table.py", "-k", "whole", "-q", "-n", "2"]


def run_tests(report, *, is_tenth):
    """Run the whole table, or every tenth address of it. Return the exit code of pytest."""
    variables = {"ALL_TESTS": "1", "TEST_DATABASE_URL": "", "ACCESS_TABLE_STEP": "10" if is_tenth else "1"}
    command = [sys.executable, "-m", "pytest", *TESTS, f"--junitxml={report}"]
    return subprocess.run(command, env=os.environ | variables).returncode


def read_counts(report):
    """Return {name: sum over the tests} of the counts that the tests report."""
    counts = {}
    for each in ElementTree.parse(report).iter("property"):  # noqa: S314 - pytest has just written it
        counts[each.get("name")] = counts.get(each.get("name"), 0) + int(each.get("value"))
    return counts


def main(*, is_tenth):
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.xml")
        code = run_tests(report, is_tenth=is_tenth)
        counts = read_counts(report)
    print(f"{counts.get('cells', 0):9,}  cells requested")
    print(f"{counts.get('out of place', 0):9,}  of them with a mark where it doesn't belong (allowed: 0)")
    print(f"{counts.get('other problems', 0):9,}  other problems, such as a status 500 or a write by GET (allowed: 0)")
    return code


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--tenth", action="store_true", help="every tenth address")
    sys.exit(main(is_tenth=parser.parse_args().tenth))
