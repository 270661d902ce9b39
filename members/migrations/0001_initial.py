from django.conf import settings
from django.db import migrations, models
from django.db.models.functions import Lower
from django.utils import timezone

import bookclub.core.markdown_fields
import bookclub.core.optimistic_lock
import bookclub.images.fields


class Migration(migrations.Migration):
    initial = True

    dependencies = [("auth", "0012_alter_user_first_name_max_length")]

    operations = [
        migrations.CreateModel(name="Member", fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("password", models.CharField(max_length=128, verbose_name="password")),
            ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
            ("is_superuser", models.BooleanField(default=False, help_text="Designates that this user has all permissions without explicitly assigning them.", verbose_name="superuser status")),
            ("email", models.EmailField(max_length=254, unique=True, verbose_name="e-mail address")),
            ("name", models.CharField(blank=True, help_text="As on the place card.", max_length=120)),
            ("photo", bookclub.images.fields.ResponsiveImageField(blank=True, upload_to="members")),
            ("agrees_to_be_named", models.BooleanField(default=False, help_text="Beside what you said in a session note. Otherwise the club's rule decides.", verbose_name="my name may stand in public")),
            ("calendar_token", models.CharField(blank=True, default="", editable=False, max_length=43)),
            ("is_staff", models.BooleanField(default=False, verbose_name="may open the admin")),
            ("is_active", models.BooleanField(default=True, verbose_name="active")),
            ("joined_at", models.DateTimeField(default=timezone.now, editable=False, verbose_name="joined")),
            ("approved_at", models.DateTimeField(blank=True, default=timezone.now, help_text="Empty: waits for an organiser's yes.", null=True, verbose_name="approved")),
            ("groups", models.ManyToManyField(blank=True, help_text="The groups this user belongs to. A user will get all permissions granted to each of their groups.", related_name="user_set", related_query_name="user", to="auth.group", verbose_name="groups")),
            ("user_permissions", models.ManyToManyField(blank=True, help_text="Specific permissions for this user.", related_name="user_set", related_query_name="user", to="auth.permission", verbose_name="user permissions")),
        ], options={
            "constraints": [
                models.UniqueConstraint(Lower("email"), name="member_email_is_unique_in_any_case", violation_error_message="A member with this address is here already."),
                models.UniqueConstraint(condition=models.Q(("calendar_token", ""), _negated=True), fields=("calendar_token",), name="member_calendar_has_an_address_of_its_own"),
            ],
        }),
        migrations.CreateModel(name="SignIn", fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("member", models.ForeignKey(on_delete=models.CASCADE, related_name="sign_ins", to=settings.AUTH_USER_MODEL)),
            ("session_key", models.CharField(editable=False, max_length=40, unique=True)),
            ("browser", models.CharField(help_text="“Firefox on Windows”.", max_length=80)),
            ("signed_in_at", models.DateTimeField(default=timezone.now, verbose_name="signed in")),
        ], options={"ordering": ["-signed_in_at", "-pk"], "default_permissions": ()}),
        migrations.CreateModel(name="Author", fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("version", bookclub.core.optimistic_lock.VersionField(default=0, editable=False)),
            ("name", models.CharField(max_length=120)),
            ("slug", models.SlugField(help_text="The last part of the page's address.", max_length=120, unique=True)),
            ("member", models.OneToOneField(blank=True, help_text="The account that may see and change this author's own drafts.", null=True, on_delete=models.SET_NULL, related_name="author", to=settings.AUTH_USER_MODEL)),
            ("job_title", models.CharField(blank=True, help_text="“Senior Content Strategist at TDMB”.", max_length=160)),
            ("bio", bookclub.core.markdown_fields.MarkdownField(blank=True, help_text="Markdown. At the foot of each of their write-ups.", verbose_name="about the author")),
            ("bio_html", bookclub.core.markdown_fields.RenderedHTMLField("bio", "prose")),
            ("photo", bookclub.images.fields.ResponsiveImageField(blank=True, upload_to="people")),
            ("email", models.EmailField(blank=True, max_length=254, verbose_name="e-mail address")),
            ("shows_email", models.BooleanField(default=False, verbose_name="show the e-mail address")),
            ("phone", models.CharField(blank=True, max_length=40)),
            ("shows_phone", models.BooleanField(default=False, verbose_name="show the phone number")),
            ("website", models.URLField(blank=True)),
        ], options={"ordering": ["name"]}),
    ]
