import io

from django.conf import settings
from django.core.management import CommandError, call_command
from django.core.management.base import BaseCommand
from django.db import OperationalError

from bookclub.environment import env, get_setting


class Command(BaseCommand):
    help = "Migrates the database, loads the sample club, collects static files and prints the site's address. Can be repeated."

    def handle(self, **options):
        try:
            call_command("migrate", interactive=False, verbosity=0)
            call_command("createcachetable", verbosity=0)
            if get_setting("SAMPLE", env.bool, True, put="1 or 0"):
                call_command("load_sample", if_empty=True, stdout=io.StringIO())
            if not settings.DEBUG:
                call_command("collectstatic", interactive=False, verbosity=0)
        except OperationalError as error:
            raise CommandError(f"The database does not answer. Check DATABASE_URL. ({error})") from error
        self.stdout.write(f"\n  http://localhost:{settings.PORT}")
        self.say_how_to_sign_in(settings.DATA_DIR / "organiser.txt")

    def say_how_to_sign_in(self, path):
        """Print the password on a terminal only; a log gets the path of its file."""
        if not path.exists():
            return
        self.stdout.write(f"  Sign in at /accounts/login/ as the sample's organiser; the password is in {path}")
        if self.stdout.isatty():
            self.stdout.write("  " + path.read_text(encoding="utf-8").strip().replace("\n", "\n  "))
        self.stdout.write("")
