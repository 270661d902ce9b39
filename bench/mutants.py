"""Mutation testing: put small faults into the parts of bench/mutants.toml, and see whether the tests notice.

    python -m bench.mutants --sample 25          # of each module, the same ones every time
    python -m bench.mutants --all --part rsvps

One pass of the tests under coverage says which tests run which line; it is kept in var/ for each test file until that
or a module changes. Then two processes collect the tests once and fork for each mutant: the child puts the fault into
the function in memory, takes a copy of the database, and runs the tests that run this line until one fails: those of a
file named for the module first, then those of its part. Decorators, module-level code and what migrations run come before
that, so these mutants each need a pytest of their own, with the fault put in by an import hook. No file of the project
is changed. Running out of time counts as killed.

mutmut 3 does not fit: it leaves out functions with decorators, such as `@property` and `@contextmanager`.

Not seen: what a test runs in another process, and what only PostgreSQL or a browser tries.
"""

import argparse
import collections
import dataclasses
import hashlib
import json
import os
import random
import subprocess
import sys
import tempfile
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bench.mutations import Mutation, count_mutations, make_mutation

ROOT = Path(__file__).parents[1]
MAP = ROOT / "var/mutants-coverage.json"
PYTEST = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "bench.mutants_plugin"]
LIMIT = 60  # seconds of tests for one mutant, by what they take without a fault


@dataclasses.dataclass
class Mutant:
    part: str
    mutation: Mutation
    tests: list[str] = dataclasses.field(default_factory=list)
    in_process: bool = False  # whether it needs a pytest of its own
    outcome: str = ""  # "killed", "survived", or "deferred" to such a process

    @property
    def key(self):
        return {"path": self.mutation.path, "number": self.mutation.number}


def main():
    options = read_options()
    table = tomllib.loads(Path(__file__).with_suffix(".toml").read_text())
    parts = {part: table[part] for part in options.part or table}
    with tempfile.TemporaryDirectory() as folder:
        tests = read_map(Path(folder), table, options.jobs)
        mutants = list(make_mutants(parts, options))
        choose_tests(mutants, tests, parts)
        print(f"{len(mutants)} mutants, {len(tests)} tests", flush=True)
        run_in_forks(Path(folder), mutants, tests, options.jobs)
        run_in_processes(Path(folder), [mutant for mutant in mutants if mutant.outcome == "deferred"], options.jobs)
    report(mutants)


def read_options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sample", type=int, default=25, metavar="N", help="mutants of each module (default: 25)")
    parser.add_argument("--all", action="store_true", help="every mutant")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--part", action="append", help="a part of bench/mutants.toml; may be repeated")
    parser.add_argument("--only", action="append", metavar="PATH#N", help="mutants that a report names; with --part")
    parser.add_argument("--jobs", type=int, default=2, help="processes (default: 2)")
    return parser.parse_args()


def make_mutants(parts, options):
    for part, entry in parts.items():
        for module in entry["modules"]:
            path, _, names = module.partition(":")
            source = (ROOT / path).read_text()
            numbers = count_mutations(source, names.split(",") if names else ())
            if options.only:
                numbers = [number for number in numbers if f"{path}#{number}" in options.only]
            elif not options.all and len(numbers) > options.sample:
                numbers = sorted(random.Random(f"{options.seed}{path}").sample(numbers, options.sample))  # noqa: S311
            for number in numbers:
                mutation = make_mutation(path, source, number)
                yield Mutant(part, mutation, in_process=entry.get("run_by_migrations") or not mutation.function)


# --- which test runs which line -------------------------------------------------------------------------------------


def read_map(folder, table, jobs):
    """{test: {"seconds": …, "lines": {path: [line, …]}}}; only test files that have changed are run anew."""
    kept = json.loads(MAP.read_text()) if MAP.exists() else {}
    modules = sorted({module.partition(":")[0] for entry in table.values() for module in entry["modules"]})
    files = sorted({file for entry in table.values() for path in entry["tests"] for file in list_test_files(path)})
    digests = {file: digest_of([*modules, file]) for file in files}
    if missing := [file for file in files if kept.get(file, {}).get("digest") != digests[file]]:
        start_pytest(folder / "map", {"kind": "map", "paths": modules}, "-n", str(jobs), *missing).wait()
        kept |= {file: {"digest": digests[file], "tests": {}} for file in missing}
        for file in folder.glob("map.*.json"):
            for test, found in json.loads(file.read_text()).items():
                kept[test.partition("::")[0]]["tests"][test] = found
        MAP.parent.mkdir(exist_ok=True)
        MAP.write_text(json.dumps(kept))
    return {test: found for file in files for test, found in kept[file]["tests"].items()}


def list_test_files(path):
    """Return the test modules of a folder, or the one that `path` is; raises FileNotFoundError where there is none."""
    found = (
        [path] if path.endswith(".py") else [str(each.relative_to(ROOT)) for each in (ROOT / path).rglob("test_*.py")]
    )
    if not found:
        raise FileNotFoundError(path)
    return found


def digest_of(files):
    return hashlib.sha256(b"".join((ROOT / file).read_bytes() for file in files)).hexdigest()


def choose_tests(mutants, tests, parts):
    """Give each mutant the tests that may notice it, as far as the time limit goes.

    Those in a file named for the module come first, such as tests/meetups/test_rsvps.py for meetups/rsvps.py, then the
    other ones of its part; the fastest first.
    """
    by_line = collections.defaultdict(set)
    for test, found in tests.items():
        for path, lines in found["lines"].items():
            for line in lines:
                by_line[path, line].add(test)
    for mutant in mutants:
        path, lines = mutant.mutation.path, mutant.mutation.lines
        names = set().union(*(found for (where, line), found in by_line.items() if where == path and line in lines))
        if mutant.in_process:
            names |= {test for test in tests if test.startswith(tuple(parts[mutant.part]["tests"]))}
        stem, own = Path(path).stem, tuple(parts[mutant.part]["tests"])

        def nearness(name):
            return stem not in name.partition("::")[0], not name.startswith(own), tests[name]["seconds"]  # noqa: B023

        seconds = 0
        for name in sorted(names, key=nearness):
            seconds += tests[name]["seconds"]
            if seconds < LIMIT and not tests[name]["failed"]:
                mutant.tests.append(name)


# --- running them ---------------------------------------------------------------------------------------------------


def start_pytest(file, job, *arguments, **options):
    """`job`, for bench.mutants_plugin, is written to `file`, and results beside it."""
    file.write_text(json.dumps(job | {"root": str(ROOT)}))
    environment = os.environ | {"MUTANTS_JOB": str(file), "TEST_DATABASE_URL": ""}
    return subprocess.Popen([*PYTEST, *arguments], cwd=ROOT, env=environment, **options)


def run_in_forks(folder, mutants, tests, jobs):
    seconds = {name: found["seconds"] for name, found in tests.items()}
    waiting = []
    for index, mutant in enumerate(mutants):
        if not mutant.tests:
            mutant.outcome = "survived"
        elif mutant.in_process:
            mutant.outcome = "deferred"
        else:
            waiting.append({"index": index, **mutant.key, "tests": mutant.tests})
    processes = [
        start_pytest(
            folder / f"forks{number}",
            {"kind": "forks", "mutants": waiting[number::jobs], "seconds": seconds},
            *("-n", "0", *sorted({name.partition("::")[0] for mutant in waiting for name in mutant["tests"]})),
            stdout=subprocess.DEVNULL,
        )
        for number in range(jobs)
    ]
    for process in processes:
        process.wait()
    for file in folder.glob("forks*.results"):
        for line in file.read_text().splitlines():
            index, outcome = json.loads(line)
            if outcome == "broken":
                print(f"{index} fails without a fault, too, in a forked process: left out")
            else:
                mutants[index].outcome = outcome
    if missing := [mutant for mutant in mutants if not mutant.outcome]:
        sys.exit(f"{len(missing)} mutants were not tried: a test process has ended too early.")


def run_in_processes(folder, mutants, jobs):
    def run(number):
        mutant = mutants[number]
        files = sorted({name.partition("::")[0] for name in mutant.tests})
        job = {"kind": "process", **mutant.key, "tests": mutant.tests}
        process = start_pytest(
            folder / f"process{number}",
            job,
            "-x",
            "-n",
            "0",
            *files,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            mutant.outcome = "killed" if process.wait(3 * LIMIT) else "survived"
        except subprocess.TimeoutExpired:
            process.kill()
            mutant.outcome = "killed"

    with ThreadPoolExecutor(jobs) as pool:
        list(pool.map(run, range(len(mutants))))


def report(mutants):
    for mutant in mutants:
        if mutant.outcome == "survived":
            print(str(mutant.mutation) + ("" if mutant.tests else "\n    (no test runs this line)"))
    print(f"\n{'part':<14}{'mutants':>8}{'killed':>8}{'survived':>10}{'%':>6}")
    for part in [*dict.fromkeys(mutant.part for mutant in mutants), "all"]:
        outcomes = [mutant.outcome for mutant in mutants if part in {mutant.part, "all"}]
        killed = outcomes.count("killed")
        print(
            f"{part:<14}{len(outcomes):>8}{killed:>8}{len(outcomes) - killed:>10}{100 * killed / len(outcomes):>6.0f}"
        )


if __name__ == "__main__":
    main()
