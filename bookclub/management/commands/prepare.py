import fcntl
import io
import os
from contextlib import contextmanager

from django.conf import settings
from django.core.management import CommandError, call_command
from django.core.management.base import BaseCommand
from django.db import DatabaseError

from bookclub.core.models import Club
from bookclub.environment import env, get_setting
from bookclub.management.database_advice import advise_on_database_error
from bookclub.search import index
from bookclub.search.extensions import create_extensions
from bookclub.server.data_folder import (
    check_database_is_lasting,
    check_is_not_served,
    create_data_folder,
    find_folder_problem,
)
from meetups.zone_changes import update_instants


class Command(BaseCommand):
    help = "Migrates the database, loads the sample club, collects static files and prints the site's address. Can be repeated."

    def handle(self, **options):
        check_is_not_served(settings.DATA_DIR)
        check_database_is_lasting()
        if create_data_folder(settings.DATA_DIR):
            self.stdout.write(f"A new club begins in {settings.DATA_DIR}.")
        if problem := find_folder_problem(settings.DATA_DIR):
            raise CommandError(problem)
        call_command("migrate", interactive=False, verbosity=0)
        create_extensions()
        if get_setting("SAMPLE", env.bool, True, put="1 or 0"):
            self.load_sample()
        index.refresh_index()
        Club.objects.store_first_host()
        for meetup in update_instants():
            self.stdout.write(f"  The clocks of {meetup.time_zone} have new rules: {meetup} stays at its local time.")
        if not settings.DEBUG:
            self.collect_static_files()
        self.stdout.write(f"\n  http://localhost:{settings.PORT}")
        self.say_how_to_sign_in(settings.DATA_DIR / "organiser.txt")

    def load_sample(self):
        try:
            call_command("load_sample", if_empty=True, stdout=io.StringIO())
        except DatabaseError as error:
            if sentence := advise_on_database_error(error):
                raise CommandError(sentence) from error
            raise

    def collect_static_files(self):
        try:
            with lock_folder(settings.STATIC_ROOT):
                call_command("collectstatic", interactive=False, verbosity=0)
        except OSError as error:
            raise CommandError(
                f"The style sheets, fonts and scripts can't be written to {settings.STATIC_ROOT}: {error.strerror}. "
                "Check the space on its disk and who may write there, then start again."
            ) from error

    def say_how_to_sign_in(self, path):
        """Print the password on a terminal only; a log gets the path of its file."""
        if not path.exists():
            return
        self.stdout.write(f"  Sign in at /accounts/login/ as the sample's organiser; the password is in {path}")
        if self.stdout.isatty():
            organiser, _, members = path.read_text(encoding="utf-8").partition("\n\n")
            self.stdout.write("  " + organiser.strip().replace("\n", "\n  "))
            if members:
                self.stdout.write("  The same file has passwords of members, to see what they see.")
        self.stdout.write("")


@contextmanager
def lock_folder(folder):
    """Wait until no other process holds this lock. It needs no file, and ends with the process."""
    folder.mkdir(parents=True, exist_ok=True)
    number = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(number, fcntl.LOCK_EX)
        yield
    finally:
        os.close(number)
