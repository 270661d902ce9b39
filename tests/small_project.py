"""A project with one small app and the site's commands, since the site's own migrations take seconds."""

import subprocess
import sys

from bookclub.environment import BASE_DIR

PROJECT = {
    "small_settings.py": """
from bookclub.settings import ANYMAIL, CACHES, DATABASES, SECRET_KEY, STATIC_ROOT, STATIC_URL, STATICFILES_DIRS, STORAGES
INSTALLED_APPS = ["shelves", "django.contrib.staticfiles"]
""",
    "shelves/__init__.py": "",
    "shelves/migrations/__init__.py": "",
    "shelves/management/__init__.py": "",
    "shelves/management/commands/__init__.py": "",
    "shelves/management/commands/migrate.py": "from bookclub.management.commands.migrate import Command",
}
MIGRATION = """
from django.db import migrations, models

class Migration(migrations.Migration):
    initial = not [{dependency}]
    dependencies = [{dependency}]
    operations = [{operation}]
"""


def write_small_project(environment, folder, operations):
    """Write the project with one migration for each of `operations`, and let processes in `environment` use it."""
    environment.update(DJANGO_SETTINGS_MODULE="small_settings", PYTHONPATH=str(folder))
    files = dict(PROJECT)
    for number, operation in enumerate(operations, 1):
        dependency = f'("shelves", "{number - 1:04}")' if number > 1 else ""
        files[f"shelves/migrations/{number:04}.py"] = MIGRATION.format(dependency=dependency, operation=operation)
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def start(environment, *command, **options):
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen([sys.executable, *command], env=environment, cwd=BASE_DIR, **pipes, **options)


def run(environment, *command, **options):
    """Return the exit code, the output and the errors."""
    process = start(environment, *command, **options)
    output, errors = process.communicate()
    return process.returncode, output, errors
