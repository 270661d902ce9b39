"""What nobody may do who merely found a browser open: the person has signed in, or said who they are, just now."""

import time
from functools import wraps

from allauth.account.adapter import get_adapter
from allauth.account.authentication import get_authentication_records
from allauth.core.exceptions import ReauthenticationRequired
from django.conf import settings
from django.shortcuts import render

MINUTES = 15


def signed_in_recently(view):
    """Others are asked for what opens their account; who has nothing but their mail, to sign in again by a code."""

    @wraps(view)
    def guarded(request, *args, **kwargs):
        if has_signed_in_recently(request):
            return view(request, *args, **kwargs)
        if get_adapter().get_reauthentication_methods(request.user):
            raise ReauthenticationRequired
        return render(request, "members/sign_in_again.html", {"login_url": settings.LOGIN_URL})

    return guarded


def has_signed_in_recently(request):
    records = get_authentication_records(request, request.user)
    return any(time.time() - record["at"] < MINUTES * 60 for record in records)
