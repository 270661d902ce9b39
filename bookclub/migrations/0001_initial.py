from django.db import migrations, models
from django.utils import timezone

import bookclub.core.markdown_fields
import bookclub.core.models
import bookclub.core.optimistic_lock
import bookclub.mail.models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(name="MailRequest", fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("kind", models.CharField(max_length=40)),
            ("address_hash", models.CharField(max_length=64)),
            ("network_hash", models.CharField(max_length=64)),
            ("is_within", models.BooleanField(default=True)),
            ("requested_at", models.DateTimeField(default=timezone.now)),
        ], options={
            "default_permissions": (),
            "indexes": [
                models.Index(fields=["kind", "requested_at"], name="mail_request_by_kind"),
                models.Index(fields=["address_hash", "requested_at"], name="mail_request_by_address"),
                models.Index(fields=["network_hash", "requested_at"], name="mail_request_by_network"),
            ],
        }),
        migrations.CreateModel(name="OutgoingMail", fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("state", models.CharField(choices=[("held", "waits for the organiser"), ("queued", "queued"), ("sending", "being sent"), ("sent", "sent"), ("failed", "failed"), ("unknown", "unknown"), ("dropped", "not sent")], default="queued", editable=False, max_length=10)),
            ("attempts", models.PositiveSmallIntegerField(default=0, editable=False)),
            ("not_before", models.DateTimeField(editable=False, null=True)),
            ("worker", models.CharField(blank=True, default="", editable=False, max_length=40)),
            ("lease_until", models.DateTimeField(editable=False, null=True)),
            ("sent_at", models.DateTimeField(editable=False, null=True, verbose_name="sent")),
            ("error", models.CharField(blank=True, default="", editable=False, max_length=500, verbose_name="what the mail server said")),
            ("key", models.CharField(editable=False, max_length=200, unique=True, verbose_name="what it is for")),
            ("kind", models.CharField(editable=False, max_length=40)),
            ("to", models.EmailField(blank=True, editable=False, max_length=254, verbose_name="to")),
            ("subject", models.CharField(blank=True, editable=False, max_length=300)),
            ("text", models.TextField(blank=True, editable=False)),
            ("html", models.TextField(blank=True, editable=False)),
            ("calendar", models.TextField(blank=True, default="", editable=False)),
            ("headers", models.JSONField(default=dict, editable=False)),
            ("message_id", models.CharField(default=bookclub.mail.models.new_message_id, editable=False, max_length=120)),
            ("priority", models.PositiveSmallIntegerField(choices=[(0, "urgent"), (1, "normal")], default=1, editable=False)),
            ("retention", models.CharField(choices=[("all", "address and text"), ("address", "the address"), ("nothing", "nothing")], default="all", editable=False, max_length=10)),
            ("written_at", models.DateTimeField(default=timezone.now, editable=False, verbose_name="written")),
            ("expires_at", models.DateTimeField(editable=False, null=True)),
        ], options={
            "verbose_name": "outgoing mail",
            "verbose_name_plural": "outgoing mail",
            "indexes": [
                models.Index(condition=models.Q(("state", "queued")), fields=["priority", "id"], name="outgoing_mail_queued"),
                models.Index(fields=["state", "lease_until"], name="outgoing_mail_by_state"),
                models.Index(fields=["to"], name="outgoing_mail_by_address"),
                models.Index(fields=["kind", "written_at"], name="outgoing_mail_by_kind"),
            ],
        }),
        migrations.CreateModel(name="Worker", fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("name", models.CharField(max_length=40, unique=True)),
            ("host", models.CharField(max_length=80)),
            ("started_at", models.DateTimeField(default=timezone.now)),
            ("seen_at", models.DateTimeField(default=timezone.now)),
            ("stopped_at", models.DateTimeField(null=True)),
            ("problem", models.CharField(blank=True, default="", max_length=300)),
        ], options={"default_permissions": ("view",)}),
        migrations.CreateModel(name="SendingPause", fields=[
            ("id", models.PositiveSmallIntegerField(default=1, editable=False, primary_key=True, serialize=False)),
            ("reason", models.CharField(choices=[("restored", "this may be a restored backup"), ("login", "the mail server refuses our name, password or sender"), ("paused", "an organiser has stopped it")], max_length=10)),
            ("since", models.DateTimeField(default=timezone.now)),
            ("detail", models.CharField(blank=True, max_length=300)),
        ], options={
            "default_permissions": ("view", "delete"),
            "constraints": [
                models.CheckConstraint(condition=models.Q(("id", 1)), name="there_is_one_sending_pause"),
            ],
        }),
        migrations.CreateModel(name="Club", fields=[
            ("version", bookclub.core.optimistic_lock.VersionField(default=0, editable=False)),
            ("id", models.PositiveSmallIntegerField(default=1, editable=False, primary_key=True, serialize=False)),
            ("name", models.CharField(default="Our Book Club", help_text="At the top of every page.", max_length=80)),
            ("tagline", models.CharField(blank=True, help_text="The heading of the home page: what you do.", max_length=120)),
            ("usually_meets", models.CharField(blank=True, help_text="Above the heading: “Southwark, one Wednesday a month”.", max_length=80)),
            ("about", bookclub.core.markdown_fields.MarkdownField(blank=True, help_text="Markdown. Below the heading of the home page.")),
            ("about_html", bookclub.core.markdown_fields.RenderedHTMLField("about", "prose")),
            ("motto", models.CharField(blank=True, help_text="Without quotation marks: the page adds them.", max_length=200)),
            ("newsletter_promise", models.CharField(blank=True, help_text="Beside every newsletter form: what you do with the address.", max_length=300)),
            ("contact_email", models.EmailField(blank=True, help_text="At the foot of every page.", max_length=254, verbose_name="contact")),
            ("time_zone", models.CharField(default=bookclub.core.models.default_time_zone, help_text="Every time is shown in this zone, such as Europe/London.", max_length=40, validators=[bookclub.core.models.validate_time_zone])),
            ("names_visible_to", models.CharField(choices=[("nobody", "Nobody"), ("members", "Members, first names"), ("public", "Everybody, first names")], default="members", help_text="The names on session notes. A person's own agreement comes first.", max_length=10, verbose_name="names are seen by")),
            ("joining", models.CharField(choices=[("open", "Anybody may join"), ("approval", "An organiser says yes first"), ("closed", "Nobody new for now")], default="open", help_text="Who may save a seat without an account.", max_length=10)),
            ("guest_list_visible_to", models.CharField(choices=[("hidden", "Nobody sees who comes, or how many"), ("count", "Everybody sees how many"), ("names", "Everybody sees how many, members see first names")], default="count", max_length=10, verbose_name="the guest list")),
            ("guests_allowed", models.PositiveSmallIntegerField(choices=[(0, "None"), (1, "One"), (2, "Two")], default=0, help_text="They take seats like everybody else.", verbose_name="guests that one member may bring")),
            ("reminds_a_week_before", models.BooleanField(default=True, verbose_name="remind a week before")),
            ("reminds_a_day_before", models.BooleanField(default=True, verbose_name="remind a day before")),
        ], options={
            "verbose_name_plural": "club",
            "permissions": [("view_drafts", "Can see every draft"), ("publish", "Can publish and take back")],
            "constraints": [
                models.CheckConstraint(condition=models.Q(("id", 1)), name="there_is_one_club", violation_error_message="This site serves one club, and it is there already."),
            ],
        }),
        migrations.CreateModel(name="CommunityLink", fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("club", models.ForeignKey(default=1, on_delete=models.CASCADE, related_name="links", to="bookclub.club")),
            ("label", models.CharField(max_length=60)),
            ("url", models.URLField(blank=True, help_text="Hidden while this is empty.", verbose_name="address")),
            ("about", models.CharField(blank=True, help_text="One sentence: what it is good for.", max_length=160)),
            ("is_recommended", models.BooleanField(default=False, help_text="The one to join first.", verbose_name="recommended")),
            ("position", models.PositiveSmallIntegerField(default=0)),
        ], options={
            "ordering": ["position", "pk"],
            "constraints": [
                models.UniqueConstraint(condition=models.Q(("is_recommended", True)), fields=("club",), name="one_community_link_is_recommended", violation_error_message="Another link is the recommended one already."),
            ],
        }),
        migrations.CreateModel(name="Redirect", fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("path", models.CharField(max_length=200, unique=True)),
            ("target_model", models.CharField(max_length=60)),
            ("target_pk", models.PositiveBigIntegerField()),
        ], options={
            "indexes": [
                models.Index(fields=["target_model", "target_pk"], name="redirect_by_target"),
            ],
        }),
    ]
