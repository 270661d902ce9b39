"""Forms of the profile page."""

from django import forms
from django.db import transaction

from bookclub.core.email_addresses import is_same_address
from members import messages
from members.account_deletion import DeletionChoices
from members.models import Member
from members.name_field import NameField

KEEP, DELETE = "keep", "delete"


class PhotoInput(forms.ClearableFileInput):
    template_name = "members/widgets/photo_input.html"


class RadioList(forms.RadioSelect):
    template_name = "members/widgets/radio_list.html"


class ProfileForm(forms.ModelForm):
    name = NameField(help_text="On the guest list others read your first name alone, and only if the club shows names.")

    class Meta:
        model = Member
        fields = ["name", "photo", "agrees_to_be_named", "wants_messages"]
        labels = {
            "photo": "A photo of you",
            "agrees_to_be_named": "My name may stand in public beside what I said",
            "wants_messages": "Organisers may write to me about meetups I come to",
        }
        help_texts = {
            "photo": "Seen by members alone. JPEG, PNG or WebP, up to 10 MB.",
            "agrees_to_be_named": "In the notes of our evenings. Otherwise the club’s rule decides.",
            "wants_messages": "Such as “bring a cushion”. Mails about your own seat come in any case.",
        }
        widgets = {"photo": PhotoInput}

    def save(self):
        """Save only the fields of this form: an organiser may be changing others at the same time."""
        member = super().save(commit=False)
        with transaction.atomic():
            member.save(update_fields=self._meta.fields)
            if not member.wants_messages:
                messages.drop_queued_messages(member)
        return member


class DeleteAccountForm(forms.Form):
    """Choices of the content that stays, and the typed address, which prevents a deletion by mistake."""

    session_notes = forms.ChoiceField(
        label="What you said at our evenings",
        widget=RadioList,
        initial=KEEP,
        choices=[(KEEP, "It stays in the notes, as said by “a member”"), (DELETE, "It goes too")],
    )
    author_page = forms.ChoiceField(
        label="Your author’s page",
        widget=RadioList,
        initial=KEEP,
        choices=[
            (KEEP, "It stays as it is, and your name on what you wrote"),
            (DELETE, "It goes: what you wrote stays, posted by “A former author”"),
        ],
    )
    address = forms.CharField(
        label="Your email address",
        help_text="Type it, so that nobody leaves by a slip of the finger.",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "Type your email address."},
    )

    def __init__(self, member, data=None):
        super().__init__(data)
        self.member = member
        if not member.session_notes.exists():
            del self.fields["session_notes"]
        if not hasattr(member, "author"):
            del self.fields["author_page"]

    def clean_address(self):
        address = self.cleaned_data["address"]
        if not is_same_address(address, self.member.email):
            raise forms.ValidationError("This is not the address of your account.", code="another_address")
        return address

    @property
    def deletion_choices(self):
        return DeletionChoices(
            keep_session_notes=self.cleaned_data.get("session_notes", KEEP) == KEEP,
            keep_author_page=self.cleaned_data.get("author_page", KEEP) == KEEP,
        )
