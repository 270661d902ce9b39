"""Logging in by a mailed code: whoever enters an address is sent one, and enters it in the same tab.

What is shown, and how long it takes, is the same whether the address has an account or not. Where it has none and the
club takes new members, an account is made, which counts for nothing until the code is entered; a periodic task deletes
those that nobody confirmed.

A second request within three minutes sends no second mail, but the first code works, in whatever tab. So a stranger who
requests codes for somebody's address can't keep that person out.
"""

from allauth.account.authentication import get_authentication_records
from allauth.account.models import EmailAddress
from allauth.core.ratelimit import consume, respond_429
from allauth.mfa.models import Authenticator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme

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
from members.verification_codes import MailedCode, get_initial_state

PENDING_SESSION_SECONDS = 60 * 60  # how long the session of somebody is kept who has not logged in yet


def start_login_by_code(request: HttpRequest, *, email: str, name: str = "", next_url: str = "") -> HttpResponse:
    """Mail a code to `email`, or the reason why there is none, and redirect to the page that asks for it.

    Once the code is entered, `name` becomes that of a member who has none, and the person is led to `next_url` if that
    is a path of this site. Responds 429 to too many requests.
    """
    if request.user.is_authenticated:
        return redirect(get_local_path(next_url) or "home")
    if not consume(request, action="request_login_code"):
        return respond_429(request)
    with transaction.atomic():
        member, address = get_or_create_member(email, request.club)
        code_request = emails.request_mail(LoginCode.purpose, address, request)
        code_request.queue_mail(choose_mail_template(member), is_known=is_known(member))
    LoginCode.start(request, member, code_request, name, get_local_path(next_url))
    if "_session_expiry" not in request.session:
        request.session.set_expiry(PENDING_SESSION_SECONDS)
    return redirect("account_confirm_login_code")


def get_local_path(url: str) -> str:
    """Return `url` where it is a path of this site, and an empty string where it leads anywhere else."""
    is_local = url.startswith("/") and url_has_allowed_host_and_scheme(url, allowed_hosts=None)
    return url if is_local else ""


def choose_mail_template(member: Member | None) -> str:
    if member is None:
        return "account/email/signup_closed"
    return "account/email/login_code" if member.is_active else "account/email/account_inactive"


def is_known(member: Member | None) -> bool:
    """Return whether this is more than an account that somebody requested and nobody has logged in to."""
    return member is not None and (member.last_login or member.approved_at) is not None


def get_or_create_member(email: str, club: Club) -> tuple[Member | None, str]:
    """Return the member whose address this is, and the address as stored; no member where the club takes nobody new.

    The queries are the same whether there is one or not, so that timing tells nothing: an existing account is inserted
    again, and the conflict ignored.
    """
    address = email.strip().lower()
    member = find_member(address)
    if club.joining == Club.Joining.CLOSED:
        return member, address
    create_unconfirmed_member(address if member is None else member.email)
    found = find_member(address)
    add_email_address(found, is_new=member is None)
    return found, address


def find_member(address: str) -> Member | None:
    """Find by a confirmed address, or else by that of the account: letter for letter."""
    confirmed = EmailAddress.objects.filter(email=address, verified=True).select_related("user").first()
    own = Member.objects.filter(email=address).first()
    return confirmed.user if confirmed else own


def create_unconfirmed_member(address):
    new = Member(email=address, approved_at=None)  # until the first login: members.approval
    new.set_unusable_password()
    Member.objects.bulk_create([new], ignore_conflicts=True)


def add_email_address(member, *, is_new):
    """Add allauth's row, which the first code confirms. Only accounts made here have one that is primary before that."""
    row = EmailAddress(user=member, email=member.email, primary=is_new)
    EmailAddress.objects.bulk_create([row], ignore_conflicts=True)


class LoginCode(MailedCode, LoginCodeVerificationProcess):
    """A login code that a session waits for; for an address that may not log in, a dummy that accepts nothing."""

    purpose = "login"

    @classmethod
    def start(cls, request, member, code_request, name, next_url):
        """Make the session wait for this code, in place of an earlier one."""
        login = Login(user=member if member and member.is_active else None, email=code_request.address)
        login.state["stages"] = {"current": LoginByCodeStage.key}
        code = cls(LoginByCodeStage(LoginStageController(request, login), request, login))
        code.state |= get_initial_state(code_request, previous=cls.from_request(request))
        code.state |= {"name": name, "next_url": next_url, "initiated_by_user": True}
        code.persist()

    @classmethod
    def from_request(cls, request):
        """Return the code that the session waits for, usable or not; None where there is none, or after login."""
        stage = None if request.user.is_authenticated else LoginStageController.enter(request, LoginByCodeStage.key)
        if stage and stage.login.user is None:
            Member.objects.filter(pk=0).first()  # the query that looking up a member takes
        return stage and cls(stage)

    @property
    def is_unused(self):
        """A code works once: a login makes all codes worthless that were sent before it, in every other tab."""
        return self.user is not None and (self.user.last_login is None or self.user.last_login < self.code_request.at)

    def finish(self):
        """Log the member in, or ask for their second factor; set the name unless they have one."""
        with transaction.atomic():
            EmailAddress.objects.get_or_create(user=self.user, email=self.state["email"])
            if self.state["name"] and not self.user.name:
                self.user.name = self.state["name"]
                self.user.save(update_fields=["name"])
            response = super().finish(self.state["next_url"] or None)
        for record in get_authentication_records(self.request, self.user):
            record["reauthenticated"] = True  # so that nobody is asked again who adds a passkey at once
        return response


def is_code_sufficient(member) -> bool:
    """Return whether a mailed code logs in to this account without a second factor.

    For a member, a passkey is one more way to log in. For staff it is also a second factor, and so is an authenticator
    app for everybody who has set one up.
    """
    factors = {Authenticator.Type.TOTP} | ({Authenticator.Type.WEBAUTHN} if member.is_staff else set())
    return not Authenticator.objects.filter(user=member, type__in=factors).exists()


class SecondFactorStage(AuthenticateStage):
    """allauth's stage that asks for a second factor, skipped where a code or a provider is enough."""

    def handle(self):
        records = get_authentication_records(self.request, self.login.user)
        if records and records[-1]["method"] in {"code", "socialaccount"} and is_code_sufficient(self.login.user):
            return None, True
        return super().handle()
