"""Login by a mailed code, which is entered in the tab that requested it.

Pages and response times are the same whether or not the address has an account. If it has none and the club accepts new
members, an account is created. It has no rights until the code is entered; a periodic task deletes unconfirmed ones.

A second request within three minutes sends no mail: the first code works, in any tab. So a stranger who requests codes
for somebody's address can't lock that person out.
"""

from allauth.account.authentication import get_authentication_records
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme

from bookclub.core.email_addresses import get_address_key
from bookclub.core.models import Club
from members import emails
from members.allauth_internals import (
    AuthenticateStage,
    Login,
    LoginByCodeStage,
    LoginCodeVerificationProcess,
    LoginStageController,
)
from members.models import Member
from members.rate_limits import refuse_excess
from members.verification_codes import MailedCode, get_initial_state

PENDING_SESSION_SECONDS = 60 * 60  # lifetime of a session before login


def start_login_by_code(request: HttpRequest, *, email: str, name: str = "", next_url: str = "") -> HttpResponse:
    """Queue a mail to `email` with a code, or with the reason for none; redirect to the page that asks for the code.

    After the code, `name` is stored if the member has none, and `next_url` is followed if it is a path of this site.
    Returns 429 after too many requests.
    """
    if request.user.is_authenticated:
        return redirect(get_local_path(next_url) or "home")
    if refusal := refuse_excess(request, "request_login_code"):
        return refusal
    with transaction.atomic():
        member, address = get_or_create_member(email, request.club)
        code_request = emails.request_mail(LoginCode.purpose, address, request)
        code_request.queue_mail(choose_mail_template(member), is_known=is_known(member))
    LoginCode.start(request, member, code_request, name, get_local_path(next_url))
    if "_session_expiry" not in request.session:
        request.session.set_expiry(PENDING_SESSION_SECONDS)
    return redirect("account_confirm_login_code")


def get_local_path(url: str) -> str:
    """Return `url` if it is a path of this site, else an empty string."""
    is_local = url.startswith("/") and url_has_allowed_host_and_scheme(url, allowed_hosts=None)
    return url if is_local else ""


def choose_mail_template(member: Member | None) -> str:
    if member is None:
        return "account/email/signup_closed"
    return "account/email/login_code" if member.is_active else "account/email/account_inactive"


def is_known(member: Member | None) -> bool:
    """Return whether the account was ever logged in to or approved."""
    return member is not None and (member.last_login or member.approved_at) is not None


def get_or_create_member(email: str, club: Club) -> tuple[Member | None, str]:
    """Return (member, address as stored); no member if there is none and the club is closed to new ones.

    The queries are the same for known and unknown addresses, so that timing reveals nothing: an existing account is
    inserted again, and the conflict is ignored.
    """
    address = get_address_key(email)
    member = find_member(address)
    if club.joining == Club.Joining.CLOSED:
        return member, address
    create_unconfirmed_member(address if member is None else member.email)
    found = find_member(address)
    add_email_address(found, is_new=member is None)
    return found, address


def find_member(address: str) -> Member | None:
    """Find a member by a confirmed address, or else by the account's own. Exact match."""
    confirmed = EmailAddress.objects.filter(email=address, verified=True).select_related("user").first()
    own = Member.objects.filter(email=address).first()
    return confirmed.user if confirmed else own


def create_unconfirmed_member(address):
    new = Member(email=address, approved_at=None)  # approved at the first login at the earliest: members.approval
    new.set_unusable_password()
    Member.objects.bulk_create([new], ignore_conflicts=True)


def add_email_address(member, *, is_new):
    """Add allauth's row, which the first code confirms. It is primary at once only for accounts created here."""
    row = EmailAddress(user=member, email=member.email, primary=is_new)
    EmailAddress.objects.bulk_create([row], ignore_conflicts=True)


class LoginCode(MailedCode, LoginCodeVerificationProcess):
    """The pending login code of a session. For an address that may not log in, a dummy that accepts no code."""

    purpose = "login"

    @classmethod
    def start(cls, request, member, code_request, name, next_url):
        """Store this code in the session; it replaces an earlier one."""
        login = Login(user=member if member and member.is_active else None, email=code_request.address)
        login.state["stages"] = {"current": LoginByCodeStage.key}
        code = cls(LoginByCodeStage(LoginStageController(request, login), request, login))
        code.state |= get_initial_state(code_request, previous=cls.from_request(request))
        code.state |= {"name": name, "next_url": next_url, "initiated_by_user": True}
        code.persist()

    @classmethod
    def from_request(cls, request):
        """Return the pending code of the session, usable or not; None without one or after login."""
        stage = None if request.user.is_authenticated else LoginStageController.enter(request, LoginByCodeStage.key)
        if stage and stage.login.user is None:
            Member.objects.filter(pk=0).first()  # as many queries as for an existing member
        return stage and cls(stage)

    @property
    def is_unused(self):
        """Return whether there was no login since the code was requested: a login invalidates all earlier codes."""
        return self.user is not None and (self.user.last_login is None or self.user.last_login < self.code_request.at)

    def finish(self):
        """Log the member in, or ask for the second factor; store the name if the member has none."""
        with transaction.atomic():
            EmailAddress.objects.get_or_create(user=self.user, email=self.state["email"])
            if self.state["name"] and not self.user.name:
                self.user.name = self.state["name"]
                self.user.save(update_fields=["name"])
            response = super().finish(self.state["next_url"] or None)
        for record in get_authentication_records(self.request, self.user):
            record["reauthenticated"] = True  # adding a passkey right after login needs no reauthentication
        return response


def is_code_sufficient(member) -> bool:
    """Return whether a mailed code is enough to log in, without a second factor."""
    return not Authenticator.objects.filter(user=member, type__in=member.second_factor_types).exists()


class SecondFactorStage(AuthenticateStage):
    """allauth's stage for the second factor, skipped if a code or a provider login is sufficient."""

    def handle(self):
        records = get_authentication_records(self.request, self.login.user)
        if records and records[-1]["method"] in {"code", "socialaccount"} and is_code_sufficient(self.login.user):
            return None, True
        return super().handle()
