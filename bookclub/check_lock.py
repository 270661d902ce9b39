"""`python -m bookclub.check_lock` compares the locks with requirements*.txt and with what is installed, offline.

Run by `make check`. It needs packaging, which requirements-dev.txt pins.
"""

import re
import sys
from collections.abc import Iterator
from functools import cache
from importlib import metadata
from pathlib import Path

from packaging.markers import default_environment
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

BASE_DIR = Path(__file__).resolve().parent.parent
# Lock: the files that it is made from.
LOCKS = {
    "requirements.lock": ["requirements.txt"],
    "requirements-optional.lock": ["requirements.txt", "requirements-optional.txt"],
    "requirements-dev.lock": ["requirements.txt", "requirements-optional.txt", "requirements-dev.txt"],
}
PYTHONS = ["3.11.2", "3.12.0", "3.13.0", "3.14.0"]  # the first is Debian 12's
PLATFORMS = [("linux", "Linux", "x86_64"), ("linux", "Linux", "aarch64"), ("darwin", "Darwin", "arm64")]
ENVIRONMENTS = [
    {
        "implementation_name": "cpython",
        "implementation_version": python,
        "os_name": "posix",
        "platform_machine": machine,
        "platform_python_implementation": "CPython",
        "platform_system": system,
        "python_full_version": python,
        "python_version": python.rpartition(".")[0],
        "sys_platform": platform,
    }
    for python in PYTHONS
    for platform, system, machine in PLATFORMS
]


def read_requirements(path: Path) -> list[Requirement]:
    lines = [line.partition(" #")[0].strip() for line in path.read_text(encoding="utf-8").splitlines()]
    return [Requirement(line) for line in lines if line and not line.startswith("#")]


def read_lock(path: Path) -> Iterator[tuple[Requirement, list[str]]]:
    """Yield each pin with its hashes. Raises InvalidRequirement at a line that is no pin, such as an index URL."""
    text = re.sub(r"^\s*#.*\n", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    for line in text.replace("\\\n", " ").splitlines():
        requirement, *hashes = line.split(" --hash=")
        yield Requirement(requirement), [each.strip() for each in hashes]


def is_needed_in(requirement: Requirement, environment: dict, extras=frozenset()) -> bool:
    marker = requirement.marker
    return marker is None or any(marker.evaluate(environment | {"extra": extra}) for extra in extras or {""})


@cache
def read_dependencies(name: str) -> list[Requirement]:
    """Return what the metadata of an installed package asks for; nothing for one that is not installed.

    A package for another Python or system is not installed here; `compare_installed()` reports those that should be.
    """
    try:
        return [Requirement(line) for line in metadata.requires(name) or []]
    except metadata.PackageNotFoundError:
        return []


def find_needed(direct: list[Requirement], environment: dict) -> dict[str, list[Requirement]]:
    """Return what `direct` needs in this environment, by name, as the metadata of installed packages says."""
    needed, walked, todo = {}, set(), [each for each in direct if is_needed_in(each, environment)]
    while todo:
        requirement = todo.pop()
        name = canonicalize_name(requirement.name)
        needed.setdefault(name, []).append(requirement)
        if (name, extras := frozenset(requirement.extras)) in walked:
            continue
        walked.add((name, extras))
        todo += [each for each in read_dependencies(name) if is_needed_in(each, environment, extras)]
    return needed


def select_pins(pins: list[Requirement], environment: dict) -> dict[str, str]:
    """Return the version that each name has in this environment."""
    chosen = [each for each in pins if is_needed_in(each, environment)]
    return {canonicalize_name(each.name): str(each.specifier).removeprefix("==") for each in chosen}


def compare_lock(lock: str, pins: list[Requirement], direct: list[Requirement], environment: dict) -> Iterator[str]:
    pinned, needed = select_pins(pins, environment), find_needed(direct, environment)
    for name in sorted(needed.keys() - pinned.keys()):
        yield f"{lock} lacks {name}."
    for name in sorted(pinned.keys() - needed.keys()):
        yield f"{lock} has {name}, which nothing needs."
    for name in sorted(pinned.keys() & needed.keys()):
        for requirement in needed[name]:
            if not requirement.specifier.contains(pinned[name], prereleases=True):
                yield f"{lock} has {name} {pinned[name]}, but {requirement.specifier} is asked for."


def compare_installed(lock: str, pins: list[Requirement]) -> Iterator[str]:
    for name, version in select_pins(pins, default_environment()).items():
        try:
            installed = metadata.version(name)
        except metadata.PackageNotFoundError:
            installed = "not"
        if installed != version:
            yield f"{lock} has {name} {version}, and {installed} is installed: run make .venv/dev."


def find_problems(folder: Path) -> list[str]:
    """Return one sentence for each way in which the locks in `folder` are stale, each once."""
    problems, locked = [], {}
    for lock, sources in LOCKS.items():
        try:
            entries = list(read_lock(folder / lock))
        except InvalidRequirement as error:
            return [f"{lock} has a line that is not a pin with hashes: {str(error).splitlines()[0]}."]
        pins = locked[lock] = [pin for pin, _ in entries]
        for pin, hashes in entries:
            if not hashes or not all(re.fullmatch(r"sha256:[0-9a-f]{64}", each) for each in hashes):
                problems.append(f"{lock} has no hash for {pin.name}.")
        direct = [each for source in sources for each in read_requirements(folder / source)]
        for environment in ENVIRONMENTS:
            problems += compare_lock(lock, pins, direct, environment)
        problems += compare_installed(lock, pins)
    for lock, pins in locked.items():
        lacking = set(map(str, locked["requirements.lock"])) - set(map(str, pins))
        problems += [f"{lock} lacks {pin}, which requirements.lock has." for pin in sorted(lacking)]
    return list(dict.fromkeys(problems))


if __name__ == "__main__":
    if problems := find_problems(BASE_DIR):
        sys.exit("\n".join([*problems, "The locks are stale: run make lock."]))
