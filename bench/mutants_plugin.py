"""The part of bench.mutants that runs inside pytest; the file named by MUTANTS_JOB selects one of three jobs."""

import collections
import contextlib
import functools
import gc
import importlib.machinery
import json
import os
import shutil
import signal
import types
from importlib import import_module
from pathlib import Path

import pytest

from bench.mutations import make_mutation

FILE = Path(os.environ["MUTANTS_JOB"])
JOB = json.loads(FILE.read_text())
ROOT = Path(JOB["root"])
PACKAGES = {path.parent.name for path in ROOT.glob("*/__init__.py")}


def pytest_configure(config):
    plugins = {"map": CoverageMap, "forks": ForkForEachMutant, "process": OnlyTests}
    config.pluginmanager.register(plugins[JOB["kind"]]())


class CoverageMap:
    """Record the lines that each test runs, and its duration."""

    def __init__(self):
        self.tests = collections.defaultdict(lambda: {"seconds": 0, "failed": False, "lines": {}})
        self.caches = []

    @pytest.hookimpl(tryfirst=True)  # before tests/conftest.py hides all objects from the garbage collector
    def pytest_collection_finish(self):
        self.caches = find_caches()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item):
        clear_caches(self.caches)  # else the first test alone would run the lines behind them
        COVERAGE.switch_context(item.nodeid)
        try:
            return (yield)
        finally:
            COVERAGE.switch_context("")

    def pytest_runtest_logreport(self, report):
        if not hasattr(report, "node"):  # xdist's controller is told what its workers have seen
            self.tests[report.nodeid]["seconds"] += report.duration
            self.tests[report.nodeid]["failed"] |= report.failed

    def pytest_sessionfinish(self):
        COVERAGE.stop()
        data = COVERAGE.get_data()
        for path in data.measured_files():
            for line, names in data.contexts_by_lineno(path).items():
                for name in filter(None, names):
                    self.tests[name]["lines"].setdefault(os.path.relpath(path, ROOT), []).append(line)
        Path(f"{FILE}.{os.getpid()}.json").write_text(json.dumps(self.tests))


class OnlyTests:
    """Run the tests of one mutant, which an import hook installs."""

    def pytest_collection_modifyitems(self, items):
        by_name = {item.nodeid: item for item in items}
        items[:] = [by_name[name] for name in JOB["tests"] if name in by_name]


class ForkForEachMutant:
    """Collect all tests, then fork a child for each mutant, which runs the tests that may notice it."""

    def __init__(self):
        self.failed = None
        self.verdicts = {}  # of tests without a fault
        self.last_killers = {}

    def pytest_runtest_logreport(self, report):
        if report.failed:
            self.failed = report.nodeid

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session):
        self.items = {item.nodeid: item for item in session.items}
        self.warm_up(session)
        self.caches = find_caches()
        self.functions = find_functions({str(ROOT / mutant["path"]) for mutant in JOB["mutants"]})
        with Path(f"{FILE}.results").open("w", buffering=1) as results:
            results.writelines(
                json.dumps([mutant["index"], self.try_mutant(mutant, results)]) + "\n" for mutant in JOB["mutants"]
            )
        return True

    def warm_up(self, session):
        """Make the database, and close it, for the children to copy. Nothing but the session stays set up."""
        asking = [item for item in session.items if {"db", "django_db_setup"} & set(item.fixturenames)]
        first = [*asking, *session.items][0]
        first.config.hook.pytest_runtest_protocol(item=first, nextitem=session)
        from django.db import connections  # noqa: PLC0415 - only now there are settings

        self.connections = connections
        connections.close_all()
        gc.unfreeze()

    def try_mutant(self, mutant, results):
        source = (ROOT / mutant["path"]).read_text()
        mutation = make_mutation(str(ROOT / mutant["path"]), source, mutant["number"])
        place = mutation.path, mutation.function, mutation.function_line
        code = find_code(mutation.code, mutation)
        functions = self.functions[place]
        if not functions or code.co_freevars != functions[0].__code__.co_freevars:
            return "deferred"
        killers = self.last_killers.setdefault(place, [])
        while True:
            names = [name for name in mutant["tests"] if name in self.items and self.verdicts.get(name, True)]
            names = [name for name in reversed(killers) if name in names] + [
                name for name in names if name not in killers
            ]
            killer = self.run_in_child(names, functions, code)
            if killer is None:
                return "survived"
            if killer not in self.verdicts:
                self.verdicts[killer] = self.run_in_child([killer], (), None) is None
                if not self.verdicts[killer]:
                    results.write(json.dumps([killer, "broken"]) + "\n")
            if self.verdicts[killer]:
                killers[:] = [*[name for name in killers if name != killer][-2:], killer]
                return "killed"

    def run_in_child(self, names, functions, code):
        """The name of the first test that fails, or None."""
        folder = Path(os.environ["DATA_DIR"])
        before = set(folder.iterdir())
        read, write = os.pipe()
        child = os.fork()
        if not child:
            try:
                os.setsid()
                for function in functions:
                    function.__code__ = code
                clear_caches(self.caches)
                self.use_copy_of_database(folder / "copy.sqlite3")
                self.run_tests([self.items[name] for name in names], write)
            finally:
                os._exit(0)
        os.waitpid(child, 0)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)
        os.close(write)
        with os.fdopen(read) as pipe:
            told = pipe.read().split()
        for path in set(folder.iterdir()) - before:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        return None if told[-1:] == ["passed"] else names[int(told[-1])]

    def use_copy_of_database(self, path):
        settings = self.connections["default"].settings_dict
        if not Path(settings["NAME"]).exists():  # no test here asks the database
            return
        shutil.copy(settings["NAME"], path)
        settings["NAME"] = self.connections.settings["default"]["NAME"] = str(path)

    def run_tests(self, items, write):
        for number, item in enumerate(items):
            os.write(write, f"{number}\n".encode())
            seconds = 10 + 5 * JOB["seconds"][item.nodeid]
            signal.setitimer(signal.ITIMER_PROF, seconds)  # of processor time; either signal ends the process
            signal.setitimer(signal.ITIMER_REAL, 10 * seconds)
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=[*items, item.session][number + 1])
            if self.failed:
                return
        os.write(write, b"passed\n")


def find_functions(paths):
    """The live functions of the modules at `paths`, wherever a decorator keeps them, by the place of their code."""
    found = collections.defaultdict(list)
    for thing in gc.get_objects():
        if type(thing) is types.FunctionType and (code := thing.__code__).co_filename in paths:
            found[code.co_filename, code.co_qualname, code.co_firstlineno].append(thing)
    return found


def find_caches():
    """Functions of ours with a functools.cache, which may hold what the code said before."""
    caches = (thing for thing in gc.get_objects() if type(thing) is type(functools.cache(int)))
    return [cache for cache in caches if cache.__module__.partition(".")[0] in PACKAGES]


def clear_caches(caches):
    for cache in caches:
        cache.cache_clear()
    import_module("bookclub.core.markdown")._idle_parsers.clear()  # noqa: SLF001 - set up by what a mutant may change


def find_code(module_code, mutation):
    waiting = [module_code]
    while waiting:
        code = waiting.pop()
        if (code.co_qualname, code.co_firstlineno) == (mutation.function, mutation.function_line):
            return code
        waiting += [constant for constant in code.co_consts if isinstance(constant, types.CodeType)]
    raise LookupError(mutation)


def put_in_at_import(path, number):
    """An import hook that gives Python the module at `path` with its mutation `number`."""
    path = str(ROOT / path)
    code = make_mutation(path, Path(path).read_text(), number).code
    get_code = importlib.machinery.SourceFileLoader.get_code
    importlib.machinery.SourceFileLoader.get_code = lambda self, name: (
        code if self.path == path else get_code(self, name)
    )


if JOB["kind"] == "process":
    put_in_at_import(JOB["path"], JOB["number"])
elif JOB["kind"] == "map":
    from coverage import Coverage

    COVERAGE = Coverage(
        data_file=f"{FILE}.{os.getpid()}", include=[str(ROOT / path) for path in JOB["paths"]], config_file=False
    )
    COVERAGE.start()
