import difflib

from django import forms

from bookclub.core.email_addresses import normalize_address
from bookclub.core.text import has_invisible, single_line
from newsletter.models import Subscriber
from newsletter.models.subscriber import has_hidden_characters

INVALID_ADDRESS = "Write the address in full, such as name@example.org."
# Mail hosts that people often misspell. The form only suggests them: what was typed can be confirmed.
COMMON_HOSTS = [
    "gmail.com", "googlemail.com", "hotmail.com", "hotmail.co.uk", "outlook.com", "live.com", "yahoo.com",
    "yahoo.co.uk", "icloud.com", "me.com", "aol.com", "proton.me", "protonmail.com", "btinternet.com", "gmx.net",
]  # fmt: skip


# Real mail hosts that look like a misspelling of those.
REAL_HOSTS = {
    "mail.com", "email.com", "ymail.com", "rocketmail.com", "gmx.com", "gmx.de", "gmx.at", "gmx.ch", "live.co.uk",
    "live.de", "hotmail.fr", "hotmail.de", "hotmail.it", "hotmail.es", "outlook.de", "outlook.fr", "outlook.es",
    "yahoo.fr", "yahoo.de", "yahoo.it", "yahoo.es", "yahoo.ca", "yahoo.in", "yahoo.co.in", "yahoo.co.jp",
    "yahoo.com.au", "yahoo.com.br", "yahoo.com.ar", "yahoo.com.mx", "yahoo.com.sg", "yahoo.com.tr", "mac.com",
    "proton.com", "pm.me",
}  # fmt: skip


class SignUpForm(forms.Form):
    """The form for one address. `suggestion` is set if the address looks misspelt.

    `which` names the form, as their words differ: PAGE is the newsletter page, TYPED and MEANT are the two answers to a
    suggestion, MINE is a member's own page; empty is the block at the foot of other pages.
    """

    PAGE, TYPED, MEANT, MINE = "page", "typed", "meant", "mine"
    AS_TYPED = "No, as I typed it"

    email = forms.EmailField(
        label="Email address",
        max_length=254,
        error_messages={"required": "Email address is missing.", "invalid": INVALID_ADDRESS},
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    name = forms.CharField(
        label="Your name, if you like",
        help_text="Our letters then begin with it.",
        max_length=80,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "given-name", "dir": "auto"}),
    )
    which = forms.CharField(required=False, widget=forms.HiddenInput)

    suggestion = ""

    def clean_email(self):
        email = normalize_address(self.cleaned_data["email"])
        if has_hidden_characters(email):
            raise forms.ValidationError(INVALID_ADDRESS, code="invalid")
        return email

    def clean_name(self):
        name = single_line(self.cleaned_data["name"])
        if has_invisible(name):
            raise forms.ValidationError("There is something in this name that nobody can see. Type it again.")
        return name

    def clean(self):
        data = super().clean()
        if data.get("email") and data.get("which") not in {self.TYPED, self.MEANT, self.MINE}:
            self.suggestion = suggest_address(data["email"])
            if self.suggestion:
                self.add_error("email", f"Did you mean {self.suggestion}?")
        return data

    @property
    def is_on_newsletter_page(self):
        """Return whether the form was on the newsletter page, which shows more text than the block at the foot."""
        return self.cleaned_data["which"] in {self.PAGE, self.TYPED, self.MEANT}

    @property
    def answer(self):
        """Return the label of the pressed button if the form had suggested an address; else an empty string."""
        answers = {self.TYPED: self.AS_TYPED, self.MEANT: f"Yes, {self.cleaned_data['email']}"}
        return answers.get(self.cleaned_data["which"], "")


def suggest_address(email: str) -> str:
    """Return “ann@gmail.com” for “ann@gmial.com”; an empty string if the address looks right."""
    name, _, host = email.rpartition("@")
    host = host.lower()
    close = difflib.get_close_matches(host, COMMON_HOSTS, n=1, cutoff=0.85)
    is_real = host in REAL_HOSTS or host in COMMON_HOSTS
    return f"{name}@{close[0]}" if close and not is_real else ""


class TopicsForm(forms.ModelForm):
    class Meta:
        model = Subscriber
        fields = ["wants_letter", "wants_dates"]
