import io

from django.conf import settings
from django.core.management import CommandError, call_command
from django.core.management.base import BaseCommand
from django.db import OperationalError

from bookclub.environment import env, setting


class Command(BaseCommand):
    help = "Brings tables, sample and static files up to date, and says where the site is. Safe to repeat."

    def handle(self, **options):
        try:
            self.bring_up_to_date()
        except OperationalError as error:
            raise CommandError(f"The database does not answer; DATABASE_URL says where it is. ({error})") from error
        self.stdout.write(f"\n  http://localhost:{settings.PORT}")
        self.say_how_to_sign_in(settings.DATA_DIR / "organiser.txt")

    def bring_up_to_date(self):
        call_command("migrate", interactive=False, verbosity=0)
        call_command("createcachetable", verbosity=0)
        if setting("SAMPLE", env.bool, True, put="1 or 0"):
            call_command("load_sample", if_empty=True, stdout=io.StringIO())
        if not settings.DEBUG:
            call_command("collectstatic", interactive=False, verbosity=0)

    def say_how_to_sign_in(self, path):
        """The password itself is for a terminal; a log is told where it is kept."""
        if not path.exists():
            return
        self.stdout.write(f"  Sign in at /accounts/login/ as the sample's organiser; the password is in {path}")
        if self.stdout.isatty():
            self.stdout.write("  " + path.read_text(encoding="utf-8").strip().replace("\n", "\n  "))
        self.stdout.write("")
