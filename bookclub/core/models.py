import zoneinfo
from email.headerregistry import Address
from email.utils import parseaddr

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.functional import cached_property

from bookclub.core.markdown_fields import MarkdownField, RenderedHTMLField
from bookclub.core.optimistic_lock import VersionedModel, VersionedQuerySet
from bookclub.core.text import single_line
from bookclub.core.theme import build_theme, check_accent


def validate_time_zone(value):
    if value not in zoneinfo.available_timezones():
        raise ValidationError("Write a time zone such as Europe/London.", code="time_zone")


def default_time_zone():
    return settings.TIME_ZONE


class ClubQuerySet(VersionedQuerySet):
    def current(self):
        """Return the club of this installation, or an unsaved one with default values before the first is saved.

        One query, which joins its one-to-one rows of other packages, such as the logo.
        """
        relations = [each for each in self.model._meta.related_objects if each.one_to_one]
        club = self.select_related(*(each.name for each in relations)).first()
        if club is None:
            club = Club()
            for each in relations:
                each.set_cached_value(club, None)
        return club

    def store_first_host(self):
        """Store the host that the site has now, unless one is stored or the site is not public yet. One query."""
        if settings.IS_HTTPS:
            self.filter(first_host="").update(first_host=settings.SITE_HOST)


class Club(VersionedModel):
    """The one book club that this installation serves."""

    class Names(models.TextChoices):
        NOBODY = "nobody", "Nobody"
        MEMBERS = "members", "Members, first names"
        PUBLIC = "public", "Everybody, first names"

    class Joining(models.TextChoices):
        OPEN = "open", "Anybody may join"
        APPROVAL = "approval", "An organiser says yes first"
        CLOSED = "closed", "Nobody new for now"

    class Typeface(models.TextChoices):
        LITERATA = "", "Literata, made for reading on screens"
        GEORGIA = "georgia", "Georgia, a serif that most devices have"
        SANS = "sans", "The device’s own, without serifs"

    class GuestList(models.TextChoices):
        HIDDEN = "hidden", "Nobody sees who comes, or how many"
        COUNT = "count", "Everybody sees how many"
        NAMES = "names", "Everybody sees how many, members see first names"

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    name = models.CharField(max_length=80, default="Our Book Club", help_text="At the top of every page.")
    tagline = models.CharField(max_length=120, blank=True, help_text="The heading of the home page: what you do.")
    usually_meets = models.CharField(
        max_length=80, blank=True, help_text="Above the heading: “Southwark, one Wednesday a month”."
    )
    about = MarkdownField(blank=True, help_text="Markdown. Below the heading of the home page.")
    about_html = RenderedHTMLField("about", "prose")
    motto = models.CharField(max_length=200, blank=True, help_text="Without quotation marks: the page adds them.")
    newsletter_promise = models.CharField(
        max_length=300, blank=True, help_text="Beside every newsletter form: what you do with the address."
    )
    newsletter_asks_name = models.BooleanField(
        "ask for a name, too",
        default=False,
        help_text="In the newsletter's forms, for those who like to give one: their letters then begin “Dear Ann,”.",
    )
    contact_email = models.EmailField("contact", blank=True, help_text="At the foot of every page.")
    accent = models.CharField(
        "accent colour",
        max_length=7,
        blank=True,
        validators=[check_accent],
        help_text="Of links, buttons and panels, such as #7d1835. We make the one for dark screens. Empty: ours.",
    )
    typeface = models.CharField(max_length=10, blank=True, choices=Typeface.choices, default=Typeface.LITERATA)
    time_zone = models.CharField(
        max_length=40,
        default=default_time_zone,
        validators=[validate_time_zone],
        help_text="Every time is shown in this zone, such as Europe/London.",
    )
    names_visible_to = models.CharField(
        "names are seen by",
        max_length=10,
        choices=Names.choices,
        default=Names.MEMBERS,
        help_text="The names on session notes. A person's own agreement comes first.",
    )
    joining = models.CharField(
        max_length=10,
        choices=Joining.choices,
        default=Joining.OPEN,
        help_text="Who may save a seat without an account.",
    )
    guest_list_visible_to = models.CharField(
        "the guest list", max_length=10, choices=GuestList.choices, default=GuestList.COUNT
    )
    guests_allowed = models.PositiveSmallIntegerField(
        "guests that one member may bring",
        choices=[(0, "None"), (1, "One"), (2, "Two")],
        default=0,
        help_text="They take seats like everybody else.",
    )
    reminds_a_week_before = models.BooleanField("remind a week before", default=True)
    reminds_a_day_before = models.BooleanField("remind a day before", default=True)
    first_host = models.CharField(max_length=253, blank=True, editable=False)
    first_steps_put_away_at = models.DateTimeField(null=True, editable=False)

    objects = ClubQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "club"
        permissions = [("view_drafts", "Can see every draft"), ("publish", "Can publish and take back")]
        constraints = [
            models.CheckConstraint(
                condition=Q(id=1),
                name="there_is_one_club",
                violation_error_message="This site serves one club, and it is there already.",
            )
        ]

    def __str__(self):
        return self.name

    @property
    def name_parts(self):
        """Return the first word, which the page header sets in bold, and the rest, in italics."""
        first, _, rest = self.name.partition(" ")
        return first, rest

    @property
    def theme(self):
        """The Theme with the club's colours and its style sheet."""
        return build_theme(self.accent, self.typeface)

    @property
    def shows_headcount(self):
        """Return whether everybody may see how many people come to a meetup."""
        return self.guest_list_visible_to != self.GuestList.HIDDEN

    @property
    def sender(self):
        """Return the From header: DEFAULT_FROM_EMAIL, with the club's name where the setting has none."""
        name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
        return settings.DEFAULT_FROM_EMAIL if name else str(Address(single_line(self.name), addr_spec=address))

    @property
    def reply_to(self):
        """Return the Reply-To addresses of mail, as a list: the club's contact, if it has one."""
        return [self.contact_email] if self.contact_email else []

    @property
    def zone(self):
        return zoneinfo.ZoneInfo(self.time_zone)

    @property
    def lasting_host(self):
        """The host in UIDs and Message-IDs: it stays when SITE_URL changes, or programs take the same for another."""
        return self.first_host or settings.SITE_HOST

    @cached_property
    def links_with_url(self):
        """Return the community links to show. One query."""
        return list(self.links.exclude(url=""))


class CommunityLink(models.Model):
    """A place where the club talks between meetups."""

    club = models.ForeignKey(Club, on_delete=models.CASCADE, related_name="links", default=1)
    label = models.CharField(max_length=60)
    url = models.URLField("address", blank=True, help_text="Hidden while this is empty.")
    about = models.CharField(max_length=160, blank=True, help_text="One sentence: what it is good for.")
    is_recommended = models.BooleanField("recommended", default=False, help_text="The one to join first.")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["club"],
                condition=Q(is_recommended=True),
                name="one_community_link_is_recommended",
                violation_error_message="Another link is the recommended one already.",
            )
        ]

    def __str__(self):
        return self.label
