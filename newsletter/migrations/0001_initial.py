from django.conf import settings
from django.db import migrations, models
from django.db.models.functions import Lower
from django.utils import timezone

import bookclub.core.markdown_fields
import bookclub.core.optimistic_lock
import newsletter.models.subscriber


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("books", "0001_initial"),
        ("meetups", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(name="Subscriber", fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("email", models.EmailField(max_length=254, verbose_name="e-mail address")),
            ("token", models.CharField(default=newsletter.models.subscriber.generate_token, editable=False, max_length=43, unique=True)),
            ("confirm_token", models.CharField(default=newsletter.models.subscriber.generate_token, editable=False, max_length=43, unique=True)),
            ("wants_letter", models.BooleanField(default=True, verbose_name="The letter")),
            ("wants_dates", models.BooleanField(default=False, verbose_name="A note when a date is set")),
            ("consent_text", models.TextField(blank=True, editable=False, verbose_name="the words they saw")),
            ("asked_at", models.DateTimeField(default=timezone.now, editable=False, verbose_name="asked")),
            ("asked_on_page", models.CharField(blank=True, editable=False, max_length=200, verbose_name="on the page")),
            ("new_request", models.JSONField(editable=False, null=True)),
            ("confirmed_at", models.DateTimeField(editable=False, null=True, verbose_name="confirmed")),
            ("confirmed_by", models.CharField(blank=True, editable=False, max_length=200, verbose_name="confirmed by")),
            ("left_at", models.DateTimeField(editable=False, null=True, verbose_name="left")),
            ("left_by", models.CharField(blank=True, editable=False, max_length=80, verbose_name="left by")),
            ("suppressed_at", models.DateTimeField(editable=False, null=True, verbose_name="suppressed")),
            ("suppression_reason", models.CharField(blank=True, choices=[("hard", "the address does not exist"), ("soft", "mail came back five times"), ("complaint", "marked as spam")], editable=False, max_length=10)),
            ("bounce_count", models.PositiveSmallIntegerField(default=0, editable=False, verbose_name="came back")),
            ("diagnostic", models.TextField(blank=True, editable=False, verbose_name="what the mail server said")),
        ], options={
            "ordering": ["-asked_at", "-pk"],
            "indexes": [
                models.Index(condition=models.Q(("confirmed_at__isnull", False), ("left_at", None), ("suppressed_at", None)), fields=["id"], name="subscriber_subscribed"),
            ],
            "constraints": [
                models.UniqueConstraint(Lower("email"), name="subscriber_email_is_unique_in_any_case", violation_error_message="This address is here already."),
            ],
        }),
        migrations.CreateModel(name="Refusal", fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("key", models.CharField(max_length=64, unique=True)),
            ("at", models.DateTimeField(default=timezone.now)),
        ], options={"default_permissions": ()}),
        migrations.CreateModel(name="Issue", fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("version", bookclub.core.optimistic_lock.VersionField(default=0, editable=False)),
            ("published_at", models.DateTimeField(blank=True, db_index=True, help_text="Empty: a draft, seen by organisers alone. A moment ahead: it appears by itself then.", null=True, verbose_name="published")),
            ("audience", models.CharField(choices=[("public", "Everybody"), ("members", "Members")], default="public", help_text="Who may see it once it is published.", max_length=10)),
            ("topic", models.CharField(choices=[("letter", "The letter"), ("dates", "A note when a date is set")], default="letter", max_length=10)),
            ("number", models.PositiveIntegerField(editable=False, null=True, unique=True)),
            ("subject", models.CharField(max_length=200)),
            ("introduction", bookclub.core.markdown_fields.MarkdownField(blank=True, help_text="Markdown. The first words of the letter.")),
            ("introduction_html", bookclub.core.markdown_fields.RenderedHTMLField("introduction", "prose")),
            ("writeup", models.ForeignKey(blank=True, null=True, on_delete=models.SET_NULL, related_name="issues", to="meetups.writeup", verbose_name="write-up")),
            ("quote", models.ForeignKey(blank=True, null=True, on_delete=models.SET_NULL, related_name="issues", to="books.quote")),
            ("meetup", models.ForeignKey(blank=True, help_text="The next one, which the letter invites to.", null=True, on_delete=models.SET_NULL, related_name="issues", to="meetups.meetup")),
            ("closing", bookclub.core.markdown_fields.MarkdownField(blank=True, help_text="Markdown. After everything else.", verbose_name="closing words")),
            ("closing_html", bookclub.core.markdown_fields.RenderedHTMLField("closing", "prose")),
            ("secret", models.CharField(default=newsletter.models.subscriber.generate_token, editable=False, max_length=43)),
            ("send_at", models.DateTimeField(editable=False, null=True, verbose_name="send")),
            ("frozen_at", models.DateTimeField(editable=False, null=True)),
            ("frozen_subject", models.CharField(blank=True, editable=False, max_length=300)),
            ("frozen_text", models.TextField(blank=True, editable=False)),
            ("frozen_html", models.TextField(blank=True, editable=False)),
            ("frozen_body", bookclub.core.markdown_fields.FrozenHTMLField(blank=True, default="", editable=False)),
            ("sent_by", models.ForeignKey(editable=False, null=True, on_delete=models.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("paused_at", models.DateTimeField(editable=False, null=True)),
            ("pause_reason", models.CharField(blank=True, default="", editable=False, max_length=500)),
            ("cancelled_at", models.DateTimeField(editable=False, null=True)),
            ("questions", models.ManyToManyField(blank=True, related_name="issues", to="books.question")),
        ], options={
            "verbose_name": "letter",
            "ordering": ["-pk"],
            "permissions": [("send_issue", "Can send a letter")],
            "constraints": [
                models.CheckConstraint(condition=models.Q(("frozen_at__isnull", True), ("number__isnull", False), _connector="OR"), name="issue_that_is_sent_has_a_number"),
            ],
        }),
        migrations.CreateModel(name="Delivery", fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("state", models.CharField(choices=[("held", "waits for the organiser"), ("queued", "queued"), ("sending", "being sent"), ("sent", "sent"), ("failed", "failed"), ("unknown", "unknown"), ("dropped", "not sent")], default="queued", editable=False, max_length=10)),
            ("attempts", models.PositiveSmallIntegerField(default=0, editable=False)),
            ("not_before", models.DateTimeField(editable=False, null=True)),
            ("worker", models.CharField(blank=True, default="", editable=False, max_length=40)),
            ("lease_until", models.DateTimeField(editable=False, null=True)),
            ("sent_at", models.DateTimeField(editable=False, null=True, verbose_name="sent")),
            ("error", models.CharField(blank=True, default="", editable=False, max_length=500, verbose_name="what the mail server said")),
            ("issue", models.ForeignKey(db_index=False, on_delete=models.PROTECT, related_name="deliveries", to="newsletter.issue")),
            ("subscriber", models.ForeignKey(null=True, on_delete=models.SET_NULL, related_name="deliveries", to="newsletter.subscriber")),
            ("bounced_at", models.DateTimeField(editable=False, null=True, verbose_name="came back")),
        ], options={
            "verbose_name": "copy",
            "verbose_name_plural": "copies",
            "default_permissions": ("view", "change"),
            "indexes": [
                models.Index(condition=models.Q(("state", "queued")), fields=["issue", "id"], name="delivery_queued_of_issue"),
                models.Index(fields=["issue", "state"], name="delivery_by_state"),
            ],
            "constraints": [
                models.UniqueConstraint(fields=("issue", "subscriber"), name="delivery_is_unique_for_issue_and_subscriber"),
            ],
        }),
        migrations.CreateModel(name="HistoricalIssue", fields=[
            ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
            ("published_at", models.DateTimeField(blank=True, db_index=True, help_text="Empty: a draft, seen by organisers alone. A moment ahead: it appears by itself then.", null=True, verbose_name="published")),
            ("audience", models.CharField(choices=[("public", "Everybody"), ("members", "Members")], default="public", help_text="Who may see it once it is published.", max_length=10)),
            ("topic", models.CharField(choices=[("letter", "The letter"), ("dates", "A note when a date is set")], default="letter", max_length=10)),
            ("subject", models.CharField(max_length=200)),
            ("introduction", bookclub.core.markdown_fields.MarkdownField(blank=True, help_text="Markdown. The first words of the letter.")),
            ("closing", bookclub.core.markdown_fields.MarkdownField(blank=True, help_text="Markdown. After everything else.", verbose_name="closing words")),
            ("writeup", models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=models.DO_NOTHING, related_name="+", to="meetups.writeup", verbose_name="write-up")),
            ("quote", models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=models.DO_NOTHING, related_name="+", to="books.quote")),
            ("meetup", models.ForeignKey(blank=True, db_constraint=False, help_text="The next one, which the letter invites to.", null=True, on_delete=models.DO_NOTHING, related_name="+", to="meetups.meetup")),
            ("history_id", models.AutoField(primary_key=True, serialize=False)),
            ("history_date", models.DateTimeField(db_index=True)),
            ("history_change_reason", models.CharField(max_length=100, null=True)),
            ("history_type", models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1)),
            ("history_user", models.ForeignKey(null=True, on_delete=models.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL)),
        ], options={"verbose_name": "historical letter", "verbose_name_plural": "historical letters", "ordering": ("-history_date", "-history_id"), "get_latest_by": ("history_date", "history_id"), "default_permissions": ()}),
    ]
