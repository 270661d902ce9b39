"""Login with the providers in SOCIAL_LOGIN (Google, GitHub), only by an address that the provider has verified."""

from allauth.account.models import EmailAddress
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.contrib import messages
from django.db import transaction
from django.shortcuts import redirect, render

from members.login_by_code import get_or_create_member
from members.name_field import MAX_NAME_LENGTH

NO_VERIFIED_ADDRESS = "The other site did not tell us a confirmed email address of yours. Sign in with a code instead."


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    def populate_user(self, request, sociallogin, data):
        """Set only the name: `pre_social_login` finds the account."""
        name = data.get("name") or f"{data.get('first_name') or ''} {data.get('last_name') or ''}"
        sociallogin.user.name = "".join(filter(str.isprintable, name)).strip()[:MAX_NAME_LENGTH]
        return sociallogin.user

    def pre_social_login(self, request, sociallogin):
        """At the first login with a provider, connect it to the account of the address, created if necessary."""
        if sociallogin.is_existing or sociallogin.state.get("process") == "connect":
            return
        address = next((each.email for each in sociallogin.email_addresses if each.verified), None)
        if address is None:
            messages.error(request, NO_VERIFIED_ADDRESS)
            raise ImmediateHttpResponse(redirect("account_login"))
        with transaction.atomic():
            self.connect_member(request, sociallogin, address)

    def connect_member(self, request, sociallogin, address):
        member, address = get_or_create_member(address, request.club)
        if member is None:
            raise ImmediateHttpResponse(render(request, "account/signup_closed.html"))
        if not member.is_active:
            raise ImmediateHttpResponse(redirect("account_inactive"))
        EmailAddress.objects.update_or_create(user=member, email=address, defaults={"verified": True, "primary": True})
        if not member.name:
            member.name = sociallogin.user.name
            member.save(update_fields=["name"])
        sociallogin.connect(request, member)
