"""Signing in, joining and passwords: allauth's forms in this site's words. Labels stand above their fields."""

from allauth.account import forms as account
from allauth.mfa.webauthn import forms as webauthn
from django import forms
from django.contrib.auth.password_validation import password_validators_help_texts
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from members.names import NameField

LABELS = {
    "login": "Email address",
    "email": "Email address",
    "remember": "Stay signed in on this device",
    "oldpassword": "Password you have now",
    "password1": "New password",
    "password2": "The same password again",
    "code": "Code from the mail",
    "passwordless": "It signs me in alone, without a code",
}
HINTS = {"passwordless": "It then asks for your finger, your face or a PIN."}
LONGEST = 254  # RFC 5321 section 4.5.3.1
NO_ADDRESS = "Write the address in full, such as name@example.org."


def check_address(text: str) -> None:
    """Raises ValidationError, with one sentence for whatever is wrong: too long, unseen letters, no address at all."""
    try:
        validate_email(text)
    except ValidationError:
        raise ValidationError(NO_ADDRESS, code="invalid") from None
    if len(text) > LONGEST or not text.isprintable():
        raise ValidationError(NO_ADDRESS, code="invalid")


class AddressField(forms.EmailField):
    """An e-mail address as somebody types it."""

    default_validators = [check_address]

    def __init__(self, **options):
        widget = forms.EmailInput(attrs={"autocomplete": "email"})
        super().__init__(**{"label": LABELS["email"], "widget": widget, "max_length": None} | options)
        self.error_messages |= {"required": f"{self.label} is missing."}
        self.widget.attrs.pop("maxlength", None)  # a browser would cut off without a word


class PlainWords:
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            if isinstance(field, forms.EmailField):
                field = self.fields[name] = AddressField()
            field.label = LABELS.get(name, field.label)
            field.help_text = HINTS.get(name, "")
            field.widget.attrs.pop("placeholder", None)
            field.error_messages |= {"required": f"{field.label} is missing.", "invalid": NO_ADDRESS}
        if "password1" in self.fields:
            self.fields["password1"].help_text = " ".join(password_validators_help_texts())


class SignInForm(forms.Form):
    email = AddressField()


class JoinForm(forms.Form):
    name = NameField(label="Your name", help_text="As you would like it on the place card.")
    email = AddressField(help_text="For a code, and for what you ask of us. Nobody else sees it.")


class CodeForm(forms.Form):
    """Judged by the `code` that is waited for: a SignInCode, or another with its `refusal(text)`."""

    code = forms.CharField(
        label=LABELS["code"],
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autocapitalize": "characters", "spellcheck": "false"}
        ),
        error_messages={"required": "Type the code from the mail."},
    )

    def __init__(self, code, data=None):
        super().__init__(data)
        self.waited_for = code

    def clean_code(self):
        text = self.cleaned_data["code"]
        refusal = self.waited_for.refusal(text)
        if refusal:
            raise ValidationError(refusal, code="refused")
        return text


class PasswordForm(PlainWords, account.LoginForm):
    """For who has set one: allauth leaves the field out where nobody needs a password to join."""

    def _setup_password_field(self):
        pass


class ReauthenticateForm(PlainWords, account.ReauthenticateForm):
    pass


class AddEmailForm(PlainWords, account.AddEmailForm):
    pass


class NewAddressCodeForm(PlainWords, account.ConfirmEmailVerificationCodeForm):
    pass


class ChangePasswordForm(PlainWords, account.ChangePasswordForm):
    pass


class SetPasswordForm(PlainWords, account.SetPasswordForm):
    pass


class ResetPasswordForm(PlainWords, account.ResetPasswordForm):
    pass


class ResetPasswordKeyForm(PlainWords, account.ResetPasswordKeyForm):
    pass


class AddPasskeyForm(PlainWords, webauthn.AddWebAuthnForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["passwordless"].initial = True
