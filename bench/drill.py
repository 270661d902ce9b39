"""Run the drills: kills, slow clients, full disks and the like, each a command of its own that exits with 1 at a fault.

    python -m bench.drill [--tenth] [NAME ...]

`make drill` runs a tenth of the counts, `make drill-full` all of them.
"""

import argparse
import subprocess
import sys
import time

# Modules of bench/. Each takes --tenth.
DRILLS = [
    "access_table",
    "slow_sockets",
    "busy_writers",
    "database_faults",
    "migrate_kills",
    "kill_processes",
    "hostile_files",
]


def main(names, arguments):
    """Run the drills one after the other and return the names of those that failed."""
    failed = []
    for name in names:
        began = time.monotonic()
        print(f"--- {name}", flush=True)
        code = subprocess.run([sys.executable, "-W", "ignore", "-m", f"bench.{name}", *arguments]).returncode
        print(f"--- {name}: {'failed' if code else 'ok'} in {time.monotonic() - began:.0f} s", flush=True)
        if code:
            failed.append(name)
    return failed


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--tenth", action="store_true", help="a tenth of the counts")
    given = parser.parse_args()
    if failed := main(given.names or DRILLS, ["--tenth"] if given.tenth else []):
        sys.exit(f"Failed: {', '.join(failed)}")
