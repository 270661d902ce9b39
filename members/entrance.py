"""The one way in: whoever types an address is sent a code, and who types that code in the same tab is signed in.

It makes no difference to what is seen, or to how long it takes, whether the address has an account. Where it has none
and the club takes new members, one is made, which counts for nothing until the code has been typed; a chore deletes
those that nobody ever confirmed.

Whoever asks for a second code within three minutes gets no second mail, but may type the first one, in whatever tab.
So a stranger who asks for codes to somebody's address can't keep that person out.
"""

from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login_by_code import LoginCodeVerificationProcess
from allauth.account.models import EmailAddress, Login
from allauth.account.stages import LoginByCodeStage, LoginStageController
from allauth.core.ratelimit import consume, respond_429
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme

from bookclub.models import Club
from members import mails
from members.codes import MailedCode, first_state
from members.models import Member

WAITS = 60 * 60  # seconds for which the session of somebody is kept who has not come in yet


def enter(request: HttpRequest, *, email: str, name: str = "", next_url: str = "") -> HttpResponse:
    """Send a code to `email`, or what there is to say instead, and lead to the page that asks for it.

    `name` becomes that of a member who has none yet, once the code is typed; then the reader is led to `next_url`,
    where that is a path of ours. Who asks too often gets a page that says so.
    """
    if request.user.is_authenticated:
        return redirect(own_path(next_url) or "home")
    if not consume(request, action="request_login_code"):
        return respond_429(request)
    with transaction.atomic():
        member, address = find_or_make(email, request.club)
        asked = mails.ask(SignInCode.purpose, address, request)
        asked.write(letter_for(member), is_known=is_known(member))
    SignInCode.start(request, member, asked, name, own_path(next_url))
    if "_session_expiry" not in request.session:
        request.session.set_expiry(WAITS)
    return redirect("account_confirm_login_code")


def own_path(url: str) -> str:
    """`url` where it is a path of this site, nothing where it leads anywhere else."""
    is_ours = url.startswith("/") and url_has_allowed_host_and_scheme(url, allowed_hosts=None)
    return url if is_ours else ""


def letter_for(member: Member | None) -> str:
    if member is None:
        return "account/email/nobody_new"
    return "account/email/login_code" if member.is_active else "account/email/account_closed"


def is_known(member: Member | None) -> bool:
    """Whether it is more than an account that somebody asked for and nobody has come in to."""
    return member is not None and (member.last_login or member.approved_at) is not None


def find_or_make(email: str, club: Club) -> tuple[Member | None, str]:
    """The member whose address this is, and the address as we keep it; no member where the club takes nobody new.

    The database is asked the same whether there is one or not: one that is there is made again, which it ignores.
    """
    address = email.strip().lower()
    member = find(address)
    if club.joining == Club.Joining.CLOSED:
        return member, address
    make(address if member is None else member.email)
    found = find(address)
    add_address(found, is_new=member is None)
    return found, address


def find(address: str) -> Member | None:
    """By an address that they have confirmed, or else by that of the account: letter for letter."""
    confirmed = EmailAddress.objects.filter(email=address, verified=True).select_related("user").first()
    own = Member.objects.filter(email=address).first()
    return confirmed.user if confirmed else own


def make(address):
    new = Member(email=address, approved_at=None)  # until they have come in: members.joining
    new.set_unusable_password()
    Member.objects.bulk_create([new], ignore_conflicts=True)


def add_address(member, *, is_new):
    """For allauth, which confirms it with the first code. What is primary and not confirmed, we made ourselves."""
    row = EmailAddress(user=member, email=member.email, primary=is_new)
    EmailAddress.objects.bulk_create([row], ignore_conflicts=True)


class SignInCode(MailedCode, LoginCodeVerificationProcess):
    """Or the semblance of one, where nobody may come in."""

    purpose = "sign-in"

    @classmethod
    def start(cls, request, member, asked, name, next_url):
        """In place of an earlier one."""
        login = Login(user=member if member and member.is_active else None, email=asked.address)
        login.state["stages"] = {"current": LoginByCodeStage.key}
        code = cls(LoginByCodeStage(LoginStageController(request, login), request, login))
        code.state |= first_state(asked, before=cls.of(request))
        code.state |= {"name": name, "next_url": next_url, "initiated_by_user": True}
        code.persist()

    @classmethod
    def of(cls, request):
        """The one that `request` waits for, be it good or over; None where nobody has asked, or is in already."""
        stage = None if request.user.is_authenticated else LoginStageController.enter(request, LoginByCodeStage.key)
        if stage and stage.login.user is None:
            Member.objects.filter(pk=0).first()  # as it takes to look a member up
        return stage and cls(stage)

    @property
    def is_unused(self):
        """A code is good once: whoever comes in leaves what was sent before worthless in every other tab."""
        return self.user is not None and (self.user.last_login is None or self.user.last_login < self.asked.at)

    def finish(self):
        """Sign the member in, or ask for their second factor; the name is theirs now, unless they had one."""
        with transaction.atomic():
            EmailAddress.objects.get_or_create(user=self.user, email=self.state["email"])
            if self.state["name"] and not self.user.name:
                self.user.name = self.state["name"]
                self.user.save(update_fields=["name"])
            response = super().finish(self.state["next_url"] or None)
        for record in get_authentication_records(self.request, self.user):
            record["reauthenticated"] = True  # so that nobody is asked again who adds a passkey at once
        return response
