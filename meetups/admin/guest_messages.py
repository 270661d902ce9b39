"""Admin pages to write to the guests of a meetup: the form, the preview with the recipients, and what became of it."""

from django import forms
from django.core.exceptions import PermissionDenied, ValidationError
from django.shortcuts import get_object_or_404, redirect

from bookclub.admin_base.fields import MarkdownFormField, MarkdownTextarea
from bookclub.core.formatting import count_noun
from bookclub.core.markdown import check_markdown
from bookclub.core.models import Club
from bookclub.core.text import single_line
from bookclub.mail.models import SendingPause
from meetups import guest_messages
from meetups.admin.attendance import find_meetup
from meetups.models import GuestMessage

NOBODY = "Nobody would get it: choose others, or wait until somebody answers."
WHOM_HELP = "Each gets a mail of their own, and nobody sees the address of another."
TEXT_HELP = "Markdown, as on the site. Below it the mail has a button to the meetup’s page."


class MessageForm(forms.Form):
    whom = forms.ChoiceField(label="To", widget=forms.RadioSelect, help_text=WHOM_HELP)
    subject = forms.CharField(
        max_length=GuestMessage._meta.get_field("subject").max_length,
        widget=forms.TextInput({"class": "vTextField", "dir": "auto"}),
        error_messages={"required": "Give it a subject."},
    )
    text = MarkdownFormField(
        max_length=20_000,
        help_text=TEXT_HELP,
        widget=MarkdownTextarea({"rows": 10, "dir": "auto"}),
        validators=[check_markdown],
        error_messages={"required": "Write something."},
    )

    def __init__(self, *args, counts, **kwargs):
        super().__init__(*args, **kwargs)
        self.counts = counts
        self.fields["whom"].choices = [
            (whom, f"{whom.label} ({count_noun(counts[whom], 'person', 'people')})") for whom in GuestMessage.Whom
        ]
        self.fields["text"].widget.rendering = "prose"

    def clean_whom(self):
        whom = self.cleaned_data["whom"]
        if not self.counts[whom]:
            raise ValidationError(NOBODY, code="nobody")
        return whom

    def clean_subject(self):
        return single_line(self.cleaned_data["subject"])


def get_urls(model_admin):
    page, options = model_admin.page, {"permission": "meetups.view_rsvp"}
    one = "<int:pk>/write/<int:key>/"
    return [
        page("<int:pk>/write/", write_to_guests, "write_to_guests", **options),
        page(one, show_message, "guest_message", **options),
        page(f"{one}send/", send_message, "send_guest_message", is_post_only=True, **options),
    ]


def may_write(model_admin, request, meetup):
    return request.user.has_perm("meetups.view_rsvp") and model_admin.has_change_permission(request, meetup)


def find_meetup_to_write_to(model_admin, request, pk):
    """Return the meetup. Raise PermissionDenied unless the user may see its guests and change it."""
    meetup = find_meetup(model_admin, request, pk)
    if not may_write(model_admin, request, meetup):
        raise PermissionDenied
    return meetup


def find_message(model_admin, request, pk, key):
    meetup = find_meetup_to_write_to(model_admin, request, pk)
    return get_object_or_404(meetup.guest_messages.select_related("meetup", "sent_by"), pk=key)


def write_to_guests(model_admin, request, pk):
    """The form. A valid one is stored as a preview, which has a page of its own. `?from=3` starts with that text."""
    meetup = find_meetup_to_write_to(model_admin, request, pk)
    counts = guest_messages.count_recipients(meetup)
    form = MessageForm(request.POST or None, counts=counts, initial=get_initial(meetup, request.GET.get("from", "")))
    if form.is_valid():
        message = guest_messages.draft_message(meetup, **form.cleaned_data)
        return redirect(model_admin.reverse("guest_message", pk, message.pk))
    return model_admin.render_page(
        request,
        "admin/meetups/meetup/write.html",
        title=f"Write to the guests: {meetup}",
        crumb="Write to the guests",
        trail=[("Guest list", model_admin.reverse("guest_list", pk))],
        row=meetup,
        meetup=meetup,
        form=form,
        has_recipients=any(counts.values()),
        sent_messages=guest_messages.list_sent_messages(meetup),
    )


def get_initial(meetup, key):
    message = meetup.guest_messages.filter(pk=key).first() if key.isdecimal() and len(key) < 18 else None
    if message is None:
        whom = GuestMessage.Whom.CAME if meetup.is_past else GuestMessage.Whom.ALL
        return {"whom": whom}
    return {"whom": message.whom, "subject": message.subject, "text": message.text}


def show_message(model_admin, request, pk, key):
    """The preview with everybody who gets it, and who doesn't; once it is sent, what became of it."""
    message = find_message(model_admin, request, pk, key)
    left_out = None if message.sent_at else guest_messages.find_recipients(message.meetup, message.whom)
    recipients = sorted(message.recipients.all(), key=lambda member: str(member).casefold())
    return model_admin.render_page(
        request,
        "admin/meetups/meetup/message.html",
        title=message.subject,
        trail=[
            ("Guest list", model_admin.reverse("guest_list", pk)),
            ("Write to the guests", model_admin.reverse("write_to_guests", pk)),
        ],
        row=message.meetup,
        meetup=message.meetup,
        message=message,
        recipients=recipients,
        people=count_noun(message.recipient_count, "person", "people"),
        left_out=left_out,
        rendered=guest_messages.render_message(message, message.meetup),
        mails=guest_messages.find_mails(message).order_by("pk") if message.sent_at else [],
        outcome=guest_messages.count_outcome(message) if message.sent_at else {},
        reply_to=Club.objects.current().contact_email,
        pause=SendingPause.objects.first(),
    )


def send_message(model_admin, request, pk, key):
    message = find_message(model_admin, request, pk, key)
    try:
        number = guest_messages.send_message(message, request.user)
    except ValidationError as error:
        model_admin.message_user(request, error.message, "error")
    else:
        if number:
            words = f"“{message.subject}” goes to {count_noun(number, 'person', 'people')}."
            model_admin.log_change(request, message.meetup, words)
            model_admin.message_user(request, words, "success")
        else:
            model_admin.message_user(request, "They have got it already. Nobody gets it twice.")
    return redirect(model_admin.reverse("guest_message", pk, key))
