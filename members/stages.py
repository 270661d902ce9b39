"""When the second factor is asked for."""

from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from allauth.mfa.stages import AuthenticateStage


def opens_by_code(member) -> bool:
    """Whether a code from the mail is enough for this account, whatever else is set up for it.

    For a member, a passkey is one more way in. For whoever runs the club it is also a second factor, and so is an
    authenticator app for everybody who has set one up.
    """
    factors = {Authenticator.Type.TOTP} | ({Authenticator.Type.WEBAUTHN} if member.is_staff else set())
    return not Authenticator.objects.filter(user=member, type__in=factors).exists()


class SecondFactor(AuthenticateStage):
    def handle(self):
        records = get_authentication_records(self.request, self.login.user)
        if records and records[-1]["method"] in {"code", "socialaccount"} and opens_by_code(self.login.user):
            return None, True
        return super().handle()
