"""Signing in with Google or GitHub, where SOCIAL_LOGIN names them: by an address that they have confirmed, or not at all."""

from allauth.account.models import EmailAddress
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.contrib import messages
from django.db import transaction
from django.shortcuts import redirect, render

from members.entrance import find_or_make
from members.names import LONGEST

NO_ADDRESS = "They did not tell us a confirmed email address of yours. Sign in with a code instead."


class SocialAdapter(DefaultSocialAccountAdapter):
    def populate_user(self, request, sociallogin, data):
        """The name alone: whose account it is, `pre_social_login` decides."""
        names = data.get("name") or f"{data.get('first_name') or ''} {data.get('last_name') or ''}"
        sociallogin.user.name = "".join(filter(str.isprintable, names)).strip()[:LONGEST]
        return sociallogin.user

    def pre_social_login(self, request, sociallogin):
        """Whoever comes for the first time is led to the account of their address, which is made as at the door."""
        if sociallogin.is_existing or sociallogin.state.get("process") == "connect":
            return
        address = next((each.email for each in sociallogin.email_addresses if each.verified), None)
        if address is None:
            messages.error(request, NO_ADDRESS)
            raise ImmediateHttpResponse(redirect("account_login"))
        with transaction.atomic():
            self.let_in(request, sociallogin, address)

    def let_in(self, request, sociallogin, address):
        member, address = find_or_make(address, request.club)
        if member is None:
            raise ImmediateHttpResponse(render(request, "account/signup_closed.html"))
        if not member.is_active:
            raise ImmediateHttpResponse(redirect("account_inactive"))
        EmailAddress.objects.update_or_create(user=member, email=address, defaults={"verified": True, "primary": True})
        if not member.name:
            member.name = sociallogin.user.name
            member.save(update_fields=["name"])
        sociallogin.connect(request, member)
