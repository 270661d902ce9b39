"""Store each address in one form, and merge the accounts that are one mailbox in two spellings of its domain.

Two seats of a meetup become one: the latest answer is kept, but a removal by an organiser wins. The links in
earlier mails and the addresses of calendars work. Each merged row is printed.
"""

import sys
from collections import defaultdict

from django.db import IntegrityError, migrations, transaction
from django.db.models import F, Sum

from bookclub.core.email_addresses import get_address_key, normalize_address

RESTRICTIONS = ["is_active", "wants_messages", "agrees_to_be_named"]


def merge_members(apps, schema_editor):
    Member = apps.get_model("members", "Member")
    groups = defaultdict(list)
    for pk, email in Member.objects.values_list("pk", "email").iterator(chunk_size=2_000):
        groups[get_address_key(email)].append((pk, email))
    for key, found in groups.items():
        if len(found) > 1:
            merge_accounts(apps, key, list(Member.objects.filter(pk__in=[pk for pk, _ in found])))
        elif found[0][1] != key:
            Member.objects.filter(pk=found[0][0]).update(email=key)
    normalize_email_addresses(apps.get_model("account", "EmailAddress"))
    normalize_outgoing_mail(apps.get_model("bookclub", "OutgoingMail"))


def merge_accounts(apps, key, members):
    """Keep the account with the most rights, of equal ones the oldest in use."""
    members.sort(
        key=lambda one: (
            not one.is_superuser, not one.is_staff, one.approved_at is None, one.last_login is None, one.joined_at, one.pk
        )
    )  # fmt: skip
    kept, *others = members
    for field in RESTRICTIONS:
        setattr(kept, field, all(getattr(each, field) for each in members))
    for field in ("name", "photo"):
        setattr(kept, field, next((getattr(each, field) for each in members if getattr(each, field)), ""))
    for other in others:
        kept.merged.create(former_id=other.pk, calendar_token=other.calendar_token)
        merge_seats(apps, kept, other)
        move_references(apps, kept, other)
        for name in ("groups", "user_permissions"):
            getattr(kept, name).add(*getattr(other, name).all())
        report(f"Member {other.pk} ({other.email}) is merged into member {kept.pk} ({kept.email})")
        other.delete()
    kept.email = key
    kept.save()


def merge_seats(apps, kept, other):
    RSVP = apps.get_model("meetups", "RSVP")
    own = {row.meetup_id: row for row in RSVP.objects.filter(member_id=kept.pk)}
    for row in RSVP.objects.filter(member_id=other.pk):
        twin = own.get(row.meetup_id)
        if twin is None:
            RSVP.objects.filter(pk=row.pk).update(member_id=kept.pk)
            continue
        chosen = max((row, twin), key=lambda each: (each.removal_reason != "", each.answered_at))
        dropped = twin if chosen is row else row
        position = min(row.queue_position, twin.queue_position) if row.answer == twin.answer else chosen.queue_position
        report(f"Meetup {row.meetup_id}: two answers of member {kept.pk} are one, “{chosen.answer}”")
        dropped.delete()
        RSVP.objects.filter(pk=chosen.pk).update(member_id=kept.pk, queue_position=position)
        count_seats(apps, row.meetup_id)


def count_seats(apps, meetup_id):
    going = apps.get_model("meetups", "RSVP").objects.filter(meetup_id=meetup_id, answer="going")
    taken = going.aggregate(seats=Sum(F("guests") + 1, default=0))["seats"]
    apps.get_model("meetups", "SeatCounter").objects.filter(meetup_id=meetup_id).update(taken=taken)


def move_references(apps, kept, other):
    """Point every other row at the kept account, unless that has such a row already: that of `other` is deleted."""
    for field in type(kept)._meta.get_fields(include_hidden=True):
        is_reference = field.auto_created and not field.concrete and (field.one_to_many or field.one_to_one)
        if not is_reference or field.related_model._meta.auto_created:
            continue
        rows = field.related_model.objects.filter(**{field.field.name: other.pk})
        for pk in list(rows.values_list("pk", flat=True)):
            try:
                with transaction.atomic():
                    rows.filter(pk=pk).update(**{field.field.name: kept.pk})
            except IntegrityError:
                report(f"{field.related_model._meta.object_name} {pk} is not kept: member {kept.pk} has one")


def normalize_email_addresses(EmailAddress):
    """Of two rows for one mailbox keep a confirmed one, of these the primary one, of these the oldest."""
    groups = defaultdict(list)
    for row in EmailAddress.objects.order_by("-verified", "-primary", "pk"):
        groups[get_address_key(row.email)].append(row)
    for key, (kept, *others) in groups.items():
        for other in others:
            if other.user_id == kept.user_id or other.verified:
                report(f"Address {other.email} of member {other.user_id} is kept as that of member {kept.user_id}")
                other.delete()
            elif other.email != key:
                EmailAddress.objects.filter(pk=other.pk).update(email=key)
        if kept.email != key:
            EmailAddress.objects.filter(pk=kept.pk).update(email=key)


def normalize_outgoing_mail(OutgoingMail):
    for pk, to in OutgoingMail.objects.exclude(to="").values_list("pk", "to").iterator(chunk_size=2_000):
        if to != (address := normalize_address(to)):
            OutgoingMail.objects.filter(pk=pk).update(to=address)


def report(sentence):
    sys.stdout.write(f"\n    {sentence}.")


class Migration(migrations.Migration):
    dependencies = [
        ("members", "0003_add_merged_member"),
        ("account", "0009_emailaddress_unique_primary_email"),
        ("admin", "0003_logentry_add_action_flag_choices"),
        ("bookclub", "0005_add_look_and_names"),
        ("meetups", "0008_rsvp_added_by_organiser"),
        ("mfa", "0003_authenticator_type_uniq"),
        ("newsletter", "0007_merge_spellings_of_addresses"),
    ]
    operations = [migrations.RunPython(merge_members, migrations.RunPython.noop, elidable=True)]
