import difflib
import re

from django import forms

from newsletter.models import Subscriber

ADDRESS = "Write the address in full, such as name@example.org."
# Where mail lives that people misspell. Only ever a question: whoever means what they typed says so.
COMMON_HOSTS = [
    "gmail.com", "googlemail.com", "hotmail.com", "hotmail.co.uk", "outlook.com", "live.com", "yahoo.com",
    "yahoo.co.uk", "icloud.com", "me.com", "aol.com", "proton.me", "protonmail.com", "btinternet.com", "gmx.net",
]  # fmt: skip


class SignUpForm(forms.Form):
    """One address. `suggestion` is set where it looks misspelt, whoever asks and whatever is known of it."""

    email = forms.EmailField(
        label="Email address",
        max_length=254,
        error_messages={"required": "Email address is missing.", "invalid": ADDRESS},
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    is_meant = forms.BooleanField(required=False, widget=forms.HiddenInput)

    suggestion = ""

    def clean_email(self):
        email = self.cleaned_data["email"].strip()
        if not re.fullmatch(r"[^\s\u200e\u200f\u202a-\u202e\u2066-\u2069]+", email):
            raise forms.ValidationError(ADDRESS, code="invalid")
        return email

    def clean(self):
        data = super().clean()
        if data.get("email") and not data.get("is_meant"):
            self.suggestion = likely(data["email"])
            if self.suggestion:
                self.add_error("email", f"Did you mean {self.suggestion}?")
        return data


def likely(email: str) -> str:
    """The address as it was probably meant: “ann@gmail.com” for “ann@gmial.com”; empty where it looks right."""
    name, _, host = email.rpartition("@")
    host = host.lower()
    close = difflib.get_close_matches(host, COMMON_HOSTS, n=1, cutoff=0.85)
    return f"{name}@{close[0]}" if close and close[0] != host and host not in COMMON_HOSTS else ""


class TopicsForm(forms.ModelForm):
    class Meta:
        model = Subscriber
        fields = ["wants_letter", "wants_dates"]
