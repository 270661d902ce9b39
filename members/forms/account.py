"""Forms for login, sign-up and passwords: allauth's forms with this site's texts."""

from allauth.account import forms as account
from allauth.mfa.webauthn import forms as webauthn
from django import forms
from django.contrib.auth.password_validation import password_validators_help_texts
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from bookclub.core.email_addresses import get_address_key
from members.allauth_internals import PasswordFieldMixin
from members.name_field import NameField

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
HELP_TEXTS = {"passwordless": "It then asks for your finger, your face or a PIN."}
MAX_ADDRESS_LENGTH = 254  # RFC 5321 section 4.5.3.1
INVALID_ADDRESS = "Write the address in full, such as name@example.org."


def validate_address(text: str) -> None:
    """Raise ValidationError, always with the same message: too long, invisible characters, not an address."""
    try:
        validate_email(text)
    except ValidationError:
        raise ValidationError(INVALID_ADDRESS, code="invalid") from None
    if len(text) > MAX_ADDRESS_LENGTH or not text.isprintable():
        raise ValidationError(INVALID_ADDRESS, code="invalid")


class EmailAddressField(forms.EmailField):
    """A typed e-mail address."""

    default_validators = [validate_address]

    def __init__(self, **options):
        widget = forms.EmailInput(attrs={"autocomplete": "email"})
        super().__init__(**{"label": LABELS["email"], "widget": widget, "max_length": None} | options)
        self.error_messages |= {"required": f"{self.label} is missing."}
        self.widget.attrs.pop("maxlength", None)  # browsers cut longer text without a message

    def clean(self, value):
        return get_address_key(super().clean(value))


class ClubWordingMixin:
    """For allauth's forms: our labels, help texts and messages, and no placeholders."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            if isinstance(field, forms.EmailField):
                field = self.fields[name] = EmailAddressField()
            field.label = LABELS.get(name, field.label)
            if name != "oldpassword":  # its help text links to the password reset
                field.help_text = HELP_TEXTS.get(name, "")
            field.widget.attrs.pop("placeholder", None)
            field.error_messages |= {"required": f"{field.label} is missing.", "invalid": INVALID_ADDRESS}
        if "password1" in self.fields:
            self.fields["password1"].help_text = " ".join(password_validators_help_texts())


class LoginForm(forms.Form):
    """Asks for the address that gets a code."""

    email = EmailAddressField()


class SignupForm(forms.Form):
    name = NameField(label="Your name", help_text="As you would like it on the place card.")
    email = EmailAddressField(help_text="For a code, and for what you ask of us. Nobody else sees it.")


class MailedCodeForm(forms.Form):
    """Checks a typed code against a members.verification_codes.MailedCode."""

    code = forms.CharField(
        label=LABELS["code"],
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autocapitalize": "characters", "spellcheck": "false"}
        ),
        error_messages={"required": "Type the code from the mail."},
    )

    def __init__(self, mailed_code, data=None):
        super().__init__(data)
        self.mailed_code = mailed_code

    def clean_code(self):
        text = self.cleaned_data["code"]
        error = self.mailed_code.get_error(text)
        if error:
            raise ValidationError(error, code="refused")
        return text


class PasswordLoginForm(ClubWordingMixin, PasswordFieldMixin, account.LoginForm):
    pass


class ReauthenticateForm(ClubWordingMixin, account.ReauthenticateForm):
    pass


class AddEmailForm(ClubWordingMixin, account.AddEmailForm):
    pass


class EmailChangeCodeForm(ClubWordingMixin, account.ConfirmEmailVerificationCodeForm):
    pass


class ChangePasswordForm(ClubWordingMixin, account.ChangePasswordForm):
    pass


class SetPasswordForm(ClubWordingMixin, account.SetPasswordForm):
    pass


class ResetPasswordForm(ClubWordingMixin, account.ResetPasswordForm):
    pass


class ResetPasswordKeyForm(ClubWordingMixin, account.ResetPasswordKeyForm):
    pass


class AddPasskeyForm(ClubWordingMixin, webauthn.AddWebAuthnForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["passwordless"].initial = True
