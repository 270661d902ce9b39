"""Store each address in one form, and merge the subscribers who are one mailbox in two spellings of its domain.

Whatever keeps mail away wins; the oldest proof of consent is kept, and the links in earlier letters work. Each merged row is printed.
"""

import sys
from collections import defaultdict

from django.db import migrations

from bookclub.core.email_addresses import get_address_key, get_spellings, normalize_address
from newsletter.models.subscriber import hash_refused_address

FORGOTTEN = "asked to be forgotten"


def merge_subscribers(apps, schema_editor):
    Subscriber = apps.get_model("newsletter", "Subscriber")
    Refusal = apps.get_model("newsletter", "Refusal")
    groups = defaultdict(list)
    for pk, email in Subscriber.objects.values_list("pk", "email").iterator(chunk_size=2_000):
        groups[get_address_key(email)].append((pk, email))
    for key, members in groups.items():
        if len(members) > 1:
            merge_rows(apps, list(Subscriber.objects.filter(pk__in=[pk for pk, _ in members])))
        elif members[0][1] != (address := normalize_address(members[0][1])):
            Subscriber.objects.filter(pk=members[0][0]).update(email=address)
        if len(get_spellings(key)) > 1:
            refusal = Refusal.objects.filter(key__in=hash_refused_address(key)).order_by("at").first()
            keep_refusal(Subscriber, Refusal, key, refusal)


def merge_rows(apps, rows):
    rows.sort(key=lambda row: (row.confirmed_at is None, row.confirmed_at or row.asked_at, row.pk))
    kept, *others = rows
    left = [row for row in rows if row.left_at]
    suppressed = [row for row in rows if row.suppressed_at]
    if left:  # an organiser can restore only what an organiser has ended
        last = max(left, key=lambda row: (not row.left_by.startswith("an organiser"), row.left_at))
        kept.left_at, kept.left_by = last.left_at, last.left_by
    if suppressed:
        worst = min(suppressed, key=lambda row: (row.suppression_reason != "complaint", row.suppressed_at))
        kept.suppressed_at, kept.suppression_reason = worst.suppressed_at, worst.suppression_reason
        kept.diagnostic = worst.diagnostic
    kept.bounce_count = max(row.bounce_count for row in rows)
    kept.wants_letter = all(row.wants_letter for row in rows)
    kept.wants_dates = any(row.wants_dates for row in rows)
    kept.name = next((row.name for row in rows if row.name), "")
    for other in others:
        move_deliveries(apps, kept, other)
        kept.merged.create(token=other.token, confirm_token=other.confirm_token)
        report(f"Subscriber {other.email} is merged into {kept.email}")
        other.delete()
    kept.email = normalize_address(kept.email)
    kept.save()


def move_deliveries(apps, kept, other):
    """Give `kept` the copies of `other`; of two copies of one issue none is sent after the other was."""
    Delivery = apps.get_model("newsletter", "Delivery")
    own = {row.issue_id: row for row in Delivery.objects.filter(subscriber_id=kept.pk)}
    for row in Delivery.objects.filter(subscriber_id=other.pk):
        twin = own.get(row.issue_id)
        if twin is None:
            Delivery.objects.filter(pk=row.pk).update(subscriber_id=kept.pk)
        elif row.state in {"sent", "unknown", "sending"}:
            queued = Delivery.objects.filter(pk=twin.pk, state="queued")
            queued.update(state="dropped", error="The same mailbox has this letter under another spelling.")


def keep_refusal(Subscriber, Refusal, key, refusal):
    """Apply the mark of an erased address to the other spelling of its domain."""
    if refusal is None:
        return
    mark = hash_refused_address(key)[0]
    if not Refusal.objects.filter(key=mark).exists():
        Refusal.objects.create(key=mark, at=refusal.at)
    rows = Subscriber.objects.filter(email__iexact=key, left_at=None)
    if rows.update(left_at=refusal.at, left_by=FORGOTTEN):
        report(f"Subscriber {key} gets no more mail: the other spelling of the address asked to be forgotten")


def report(sentence):
    sys.stdout.write(f"\n    {sentence}.")


class Migration(migrations.Migration):
    dependencies = [("newsletter", "0006_add_merged_subscriber")]
    operations = [migrations.RunPython(merge_subscribers, migrations.RunPython.noop, elidable=True)]
