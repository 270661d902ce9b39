"""Signing in and passwords: allauth's forms in this site's words. Labels stand above their fields, never inside."""

from allauth.account import forms as account
from django.contrib.auth.password_validation import password_validators_help_texts

LABELS = {
    "login": "Email address",
    "email": "Email address",
    "remember": "Stay signed in on this device",
    "oldpassword": "Password you have now",
    "password1": "New password",
    "password2": "The same password again",
}
NO_ADDRESS = "Write the address in full, such as name@example.org."


class PlainWords:
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.label = LABELS.get(name, field.label)
            field.help_text = " ".join(password_validators_help_texts()) if name == "password1" else ""
            field.widget.attrs.pop("placeholder", None)
            field.error_messages |= {"required": f"{field.label} is missing.", "invalid": NO_ADDRESS}


class LoginForm(PlainWords, account.LoginForm):
    pass


class ReauthenticateForm(PlainWords, account.ReauthenticateForm):
    pass


class AddEmailForm(PlainWords, account.AddEmailForm):
    pass


class ChangePasswordForm(PlainWords, account.ChangePasswordForm):
    pass


class SetPasswordForm(PlainWords, account.SetPasswordForm):
    pass


class ResetPasswordForm(PlainWords, account.ResetPasswordForm):
    pass


class ResetPasswordKeyForm(PlainWords, account.ResetPasswordKeyForm):
    pass
