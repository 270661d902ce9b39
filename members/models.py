from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import Permission, PermissionsMixin
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property

from bookclub.core.email_addresses import filter_by_address, get_address_key
from bookclub.core.markdown_fields import MarkdownField, RenderedHTMLField
from bookclub.core.optimistic_lock import VersionedModel, VersionedQuerySet
from bookclub.core.redirects import RedirectingModel
from bookclub.images import ResponsiveImageField, WithImage


class MemberManager(BaseUserManager):
    def organisers(self):
        """Return active staff who may see all drafts in the admin."""
        permission = Permission.objects.filter(codename="view_drafts", content_type__app_label="bookclub")
        given = permission.filter(Q(group__user=OuterRef("pk")) | Q(user=OuterRef("pk")))
        return self.filter(Q(is_superuser=True) | Exists(given), is_active=True, is_staff=True)

    def awaiting_approval(self):
        """Return active members who have logged in and are not approved yet."""
        return self.filter(approved_at=None, last_login__isnull=False, is_active=True).order_by("pk")

    def get_by_natural_key(self, email):
        """Find by the address, case-insensitively, as the unique constraint compares it."""
        return filter_by_address(self, email).get()

    def create_user(self, email, password=None, **fields):
        member = self.model(email=get_address_key(email), **fields)
        member.set_password(password)
        member.save(using=self._db)
        return member

    def create_superuser(self, email, password=None, **fields):
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class Member(WithImage, AbstractBaseUser, PermissionsMixin):
    """A person with an account. The e-mail address is the login and is shown to nobody but organisers."""

    email = models.EmailField("e-mail address", max_length=254, unique=True)
    name = models.CharField(max_length=120, blank=True, help_text="As on the place card.")
    photo = ResponsiveImageField(upload_to="members", widths=(144,), blank=True)
    agrees_to_be_named = models.BooleanField(
        "my name may stand in public",
        default=False,
        help_text="Beside what you said in a session note. Otherwise the club's rule decides.",
    )
    wants_messages = models.BooleanField(
        "messages about meetups",
        default=True,
        help_text="What organisers write to those who come, wait or came. Mails about their own seat come in any case.",
    )
    calendar_token = models.CharField(max_length=43, blank=True, default="", editable=False)
    is_staff = models.BooleanField("may open the admin", default=False)
    is_active = models.BooleanField("active", default=True)
    joined_at = models.DateTimeField("joined", default=timezone.now, editable=False)
    approved_at = models.DateTimeField(
        "approved", null=True, blank=True, default=timezone.now, help_text="Empty: waits for an organiser's yes."
    )

    objects = MemberManager()

    EMAIL_FIELD = "email"
    USERNAME_FIELD = "email"

    class Meta:
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="member_email_is_unique_in_any_case",
                violation_error_message="A member with this address is here already.",
            ),
            models.UniqueConstraint(
                fields=["calendar_token"],
                condition=~models.Q(calendar_token=""),
                name="member_calendar_has_an_address_of_its_own",
            ),
        ]

    def __str__(self):
        return self.name or self.email

    @cached_property
    def lacks_second_factor(self):
        """Return whether the setting requires a second factor that this member has not set up. At most one query.

        Then they may do and see only what a member without any role may, on every page, in mails and in calendars.
        Every session of somebody with a factor has used it: see `members.sessions`.
        """
        if not settings.STAFF_NEEDS_SECOND_FACTOR:
            return False
        return not self.authenticator_set.filter(type__in=self.second_factor_types).exists()

    @property
    def second_factor_types(self):
        """The types of allauth's Authenticator that login asks for after a code. Recovery codes alone are none.

        An authenticator app is a second factor for everybody. A passkey is one for staff; for members it is only another
        login method.
        """
        return ["totp", "webauthn"] if self.is_staff else ["totp"]

    def has_perm(self, perm, obj=None):
        return super().has_perm(perm, obj) and not self.lacks_second_factor

    def has_module_perms(self, app_label):
        return super().has_module_perms(app_label) and not self.lacks_second_factor

    def get_user_permissions(self, obj=None):
        return set() if self.lacks_second_factor else super().get_user_permissions(obj)

    def get_group_permissions(self, obj=None):
        return set() if self.lacks_second_factor else super().get_group_permissions(obj)

    def get_all_permissions(self, obj=None):
        return set() if self.lacks_second_factor else super().get_all_permissions(obj)

    def list_own_addresses(self):
        """Return the account's email address and the confirmed ones, sorted. One query."""
        confirmed = self.emailaddress_set.filter(verified=True).values_list("email", flat=True)
        return sorted({self.email, *confirmed})

    def get_short_name(self):
        """Return the first name, for the greeting in the admin, which shows the address if this is empty."""
        return self.first_name

    def clean(self):
        super().clean()
        self.email = get_address_key(self.email)

    @property
    def first_name(self):
        return self.name.split(" ")[0]

    @property
    def is_awaiting_approval(self):
        return self.is_active and self.approved_at is None and self.last_login is not None

    @property
    def status(self):
        """The state of the account as text for organisers."""
        if not self.is_active:
            return "closed"
        if self.approved_at:
            return "member"
        return "waits for your yes" if self.last_login else "has not confirmed the address"


class MergedMember(models.Model):
    """An account that became one with `member`: the links in its mails, and the address of its calendar, still work."""

    member = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="merged")
    former_id = models.PositiveBigIntegerField(unique=True)
    calendar_token = models.CharField(max_length=43, blank=True, db_index=True)

    class Meta:
        default_permissions = ()

    def __str__(self):
        return f"Merged into member {self.member_id}"


class SignIn(models.Model):
    """A session, described so that the member can recognise it. Stores no IP address."""

    member = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="sign_ins")
    session_key = models.CharField(max_length=40, unique=True, editable=False)
    browser = models.CharField(max_length=80, help_text="“Firefox on Windows”.")
    signed_in_at = models.DateTimeField("signed in", default=timezone.now)

    class Meta:
        ordering = ["-signed_in_at", "-pk"]
        default_permissions = ()

    def __str__(self):
        return self.browser


class AuthorQuerySet(VersionedQuerySet):
    def visible_to(self, user):
        """Return authors with a write-up that `user` may see."""
        writeups = self.model._meta.get_field("writeups").related_model.objects
        return self.filter(pk__in=writeups.visible_to(user).values("author"))


class Author(RedirectingModel, WithImage, VersionedModel):
    """The author of write-ups. May have a member account, and outlives it."""

    name = models.CharField(max_length=120)
    slug = models.SlugField(max_length=120, unique=True, help_text="The last part of the page's address.")
    member = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="author",
        help_text="The account that may see and change this author's own drafts.",
    )
    job_title = models.CharField(max_length=160, blank=True, help_text="“Senior Content Strategist at TDMB”.")
    bio = MarkdownField("about the author", blank=True, help_text="Markdown. At the foot of each of their write-ups.")
    bio_html = RenderedHTMLField("bio", "prose")
    photo = ResponsiveImageField(upload_to="people", widths=(144,), blank=True)
    email = models.EmailField("e-mail address", blank=True)
    shows_email = models.BooleanField("show the e-mail address", default=False)
    phone = models.CharField(max_length=40, blank=True)
    shows_phone = models.BooleanField("show the phone number", default=False)
    website = models.URLField(blank=True)

    objects = AuthorQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("members:author", args=[self.slug])

    @property
    def initials(self):
        words = self.name.split()
        return "".join(word[0] for word in (words[:1] + words[1:][-1:]))

    @property
    def shown_email(self):
        return self.email if self.shows_email else ""

    @property
    def shown_phone(self):
        return self.phone if self.shows_phone else ""
