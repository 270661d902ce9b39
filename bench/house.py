"""Print figures about the size and shape of the code: names, folders, lines, templates, admin classes.

    python -m bench.house          # the figures
    python -m bench.house --list   # and what each of them counts

Counts only tell where to look: no test fails on them.
"""

import argparse
import ast
import os
import re
import subprocess
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[1]
APPS = ["bookclub", "books", "meetups", "members", "newsletter"]
MAX_LINE = 120
# A template tag, or the value of an attribute: neither may contain a line break.
UNBREAKABLE = re.compile(r'\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}|"[^"]*"')


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--list", action="store_true", help="what each figure counts")
    is_listed = parser.parse_args().list
    modules = {path: path.read_text(encoding="utf-8") for path in list_files(*(f"{app}/*.py" for app in APPS))}
    code = {path: text for path, text in modules.items() if "migrations" not in path.parts}
    paste = sum(text.count("\n") for path, text in code.items() if path.is_relative_to(ROOT / "meetups/paste"))
    lines = sum(text.count("\n") for text in code.values())
    functions = [(path, node) for path, text in code.items() for node in find_functions(text)]
    one_word = [f"{path.relative_to(ROOT)}: {node.name}" for path, node in functions if has_one_word(path, node)]
    folders = Counter(path.parent.relative_to(ROOT) for path in code if path.name != "__init__.py")
    templates = list_files("templates/*")
    figures = [
        (f"functions of a module, of {len(functions)}, named by one word", len(one_word), one_word),
        ("modules in bookclub/ itself", folders[Path("bookclub")], []),
        ("modules in the largest folder", max(folders.values()), [f"{n} {path}" for path, n in folders.most_common(5)]),
        ("lines of Python, without migrations", lines, []),
        ("  of them in meetups/paste", paste, []),
        ("lines of migrations", sum(text.count("\n") for text in modules.values()) - lines, []),
        ("template files", len(templates), []),
        ("template lines over 120 characters that could be broken", *count_with_list(find_long_lines(templates))),
        ("most own classes in the MRO of an admin class", *find_longest_mro()),
    ]
    for name, number, names in figures:
        print(f"{number:>7,}  {name}")
        for each in names if is_listed else ():
            print(f"             {each}")


def list_files(*patterns):
    command = ["git", "ls-files", *patterns]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    return [ROOT / name for name in names if (ROOT / name).exists()]


def find_functions(text):
    return [node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)]


def has_one_word(path, node):
    """Return whether the name has no object; views, template tags and functions registered with a framework may have none."""
    is_registered = any("register" in ast.dump(decorator) for decorator in node.decorator_list)
    is_view = path.name == "views.py" or path.parent.name in {"views", "templatetags"}
    return "_" not in node.name.strip("_") and not is_registered and not is_view


def find_long_lines(paths):
    """Return the long lines that could be broken: with a space outside of template tags and quoted values."""
    return [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:60]}…"
        for path in paths
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if len(line) > MAX_LINE and re.search(r"\s", UNBREAKABLE.sub("", line.strip()))
    ]


def count_with_list(names):
    return len(names), names


def find_longest_mro():
    """Return how many classes of ours an admin class inherits from besides the base class, and where it is most."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bookclub.settings")
    import django  # noqa: PLC0415 - the settings come first

    django.setup()
    from django.contrib import admin  # noqa: PLC0415

    from bookclub.admin_base.base import ClubModelAdmin  # noqa: PLC0415

    found = []
    for model_admin in admin.site._registry.values():  # noqa: SLF001 - no public way to list them
        classes = [type(model_admin), *model_admin.inlines]
        for each in classes:
            own = [cls for cls in each.__mro__[1:] if cls.__module__.partition(".")[0] in APPS]
            found.append((len([cls for cls in own if cls is not ClubModelAdmin]), each.__name__))
    most = max(found)[0]
    return most, sorted({name for number, name in found if number == most})


if __name__ == "__main__":
    main()
