"""Count the screens of the admin that don't fit, by width: `python -m bench.admin_widths` prints and names them.

Every page of every URL pattern of the admin, lists empty and full, refused forms and the pages that ask before an
action, with long texts, as tests/browser/test_admin_widths.py opens them in Chromium.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from xml.etree import ElementTree

TESTS = [
    "tests/browser/test_admin_widths.py",
    "-k",
    "whole",
    "-q",
    "--no-header",
    "--tb=line",
    "-o",
    "junit_family=xunit1",
]
WIDTHS = [1440, 1024, 390, 360]


def run_tests(report):
    """Run the walk; return the exit code and the output of pytest."""
    command = [sys.executable, "-m", "pytest", *TESTS, f"--junitxml={report}"]
    done = subprocess.run(command, env=os.environ | {"ALL_TESTS": "1", "TEST_DATABASE_URL": ""}, stdout=subprocess.PIPE)
    return done.returncode, done.stdout.decode()


def main():
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.xml")
        code, output = run_tests(report)
        tree = ElementTree.parse(report)  # noqa: S314 - pytest has just written it
    found = {each.get("name"): json.loads(each.get("value")) for each in tree.iter("property")}
    if "screens" not in found:
        return f"{output}\nThe walk did not end."
    print(f"{len(found['screens'])} screens of the admin")
    for width in map(str, WIDTHS):
        faulty = {screen: faults[width] for screen, faults in found["faults"].items() if width in faults}
        scrolling = sum(faults[0].startswith("scrolls") for faults in faulty.values())
        print(f"{width:>5} px: {scrolling} scroll sideways, {len(faulty)} have a fault (allowed: 0)")
        for screen, faults in faulty.items():
            print(f"          {screen}")
            for fault in faults:
                print(f"              {fault}")
    return code


if __name__ == "__main__":
    sys.exit(main())
