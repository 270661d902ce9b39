"""The list of periodic tasks, which every worker runs. Their code is in the apps."""

from django.utils import timezone

from bookclub.core.privacy_registry import get_privacy_modules
from bookclub.mail.models import MailRequest, OutgoingMail
from bookclub.mail.periodic_tasks import PeriodicTask
from bookclub.mail.tasks import alert_about_held_mail
from bookclub.search import index
from bookclub.share_cards.cards import delete_old_cards, draw_missing_cards
from meetups.change_notices import write_change_notices
from meetups.reminders import announce_writeups, write_reminders
from meetups.rsvps import recount_all_seats
from meetups.zone_changes import update_instants
from members.approval import delete_unconfirmed_accounts
from newsletter.delivery import send_scheduled_issues, settle_deliveries
from newsletter.list_import import run_imports


def delete_expired_data():
    """Call `delete_expired` of all apps, as docs/members-and-privacy.md promises."""
    for module in get_privacy_modules():
        module.delete_expired(timezone.now())


PERIODIC_TASKS = [
    PeriodicTask("refresh the search index", 1, index.refresh_index),
    PeriodicTask("mark lost mail", 30, OutgoingMail.objects.mark_lost),
    # Expired mails, such as old codes and reminders of meetups that have begun.
    PeriodicTask("drop expired mail", 60, lambda: OutgoingMail.objects.expired().drop()),
    PeriodicTask("recount seats", 60, recount_all_seats),
    PeriodicTask("keep local times", 3600, update_instants),
    PeriodicTask("write change notices", 60, write_change_notices),
    PeriodicTask("write reminders", 60, write_reminders),
    PeriodicTask("announce write-ups", 300, announce_writeups),
    PeriodicTask("alert about held mail", 60, alert_about_held_mail),
    PeriodicTask("delete old mail", 3600, lambda: OutgoingMail.objects.deletable().delete()),
    PeriodicTask("delete old mail requests", 600, lambda: MailRequest.objects.deletable().delete()),
    PeriodicTask("send scheduled letters", 20, send_scheduled_issues),
    PeriodicTask("settle letters", 30, settle_deliveries),
    PeriodicTask("import lists", 1, run_imports),
    PeriodicTask("delete unconfirmed accounts", 3600, delete_unconfirmed_accounts),
    PeriodicTask("draw share cards", 60, draw_missing_cards),
    PeriodicTask("delete old share cards", 600, delete_old_cards),
    PeriodicTask("delete expired data", 3600, delete_expired_data),
]
