from django.core.management import CommandError, call_command
from django.core.management.commands import migrate
from django.db import OperationalError, connections

from bookclub.core.database.exclusive_transaction import StillLocked, exclusive_transaction
from bookclub.management.database_advice import advise_on_database_error

FAILED = "\nMigration {} failed, for the reason below. The database is as it was before."
UNRECORDED = (
    "Migration {} finds that what it adds is there already ({}). An earlier version of this site was probably stopped "
    "after it had changed the tables and before it had recorded that. If the database holds nothing that you need, "
    "delete it and start again. Otherwise "
)
# The migrations before this one are recorded, so that --fake records it alone.
FAKE = (
    "make a backup, then run “manage.py migrate {} {} --fake”, which records the migration without running it, and "
    "start again."
)
RESTORE = "restore the last backup and start again."
# How PostgreSQL (duplicate_table, _column, _object) and SQLite say that something is there already.
EXISTS_CODES = {"42P07", "42701", "42710"}
EXISTS_WORDS = ("already exists", "duplicate column name")


class Command(migrate.Command):
    """Django's command, with all migrations in one transaction that only one process at a time can have.

    Django commits the tables of a migration before it records the migration, and SQLite's foreign keys can be switched
    off only before a transaction. See docs/decisions/0013-one-transaction-for-migrations.md.
    """

    help = (
        "Migrates the database: all of it or, after an error or a kill, nothing. Waits for another process that does."
    )

    def execute(self, *args, **options):
        # Before the system checks, which take a locked SQLite for one without JSON.
        if options["plan"] or options["check_unapplied"]:
            super().execute(*args, **options)
            return
        self.connection, self.current, self.finished_count = connections[options["database"]], None, 0
        self.connection.may_create_file = True  # for SQLite
        try:
            with exclusive_transaction(self.connection, self.stderr.write, foreign_keys=False):
                super().execute(*args, **options)
                self.finish(options)
        except StillLocked as error:
            raise CommandError(str(error)) from None
        except Exception as error:
            if sentence := self.describe_unrecorded(error) or advise_on_database_error(error):
                raise CommandError(sentence) from error
            if self.current:
                self.stderr.write(FAILED.format(self.current))
            raise

    def finish(self, options):
        """Do in the same transaction what belongs to a whole migration."""
        if not options["app_label"]:
            # Here, as two processes would otherwise find at the same moment that it is missing.
            call_command("createcachetable", database=options["database"], verbosity=0)
        if self.finished_count:
            self.connection.check_constraints()

    def migration_progress_callback(self, action, migration=None, fake=False):
        super().migration_progress_callback(action, migration, fake)
        if action.endswith("_start"):
            self.current = migration
        elif migration:
            self.current = None
            self.finished_count += 1
            if self.connection.vendor == "postgresql":
                # What COMMIT does after each migration otherwise: a table can't be changed while its triggers wait.
                self.connection.check_constraints()

    def describe_unrecorded(self, error):
        """Return a sentence if a migration finds what it adds; "" otherwise."""
        if not self.current or not is_there_already(error):
            return ""
        way_out = FAKE if self.finished_count == 0 else RESTORE
        return UNRECORDED.format(self.current, " ".join(str(error).split())) + way_out.format(
            self.current.app_label, self.current.name
        )


def is_there_already(error):
    if code := getattr(error.__cause__, "pgcode", None):
        return code in EXISTS_CODES
    return isinstance(error, OperationalError) and any(words in str(error) for words in EXISTS_WORDS)
