"""What nobody may do who merely found a browser open: the person has signed in, or said who they are, just now."""

import time
from functools import wraps

from allauth.account.authentication import get_authentication_records
from allauth.core.exceptions import ReauthenticationRequired

MINUTES = 15


def signed_in_recently(view):
    """Others are asked for what opens their account, which may be a code from a mail."""

    @wraps(view)
    def guarded(request, *args, **kwargs):
        if has_signed_in_recently(request):
            return view(request, *args, **kwargs)
        raise ReauthenticationRequired

    return guarded


def has_signed_in_recently(request):
    records = get_authentication_records(request, request.user)
    return any(time.time() - record["at"] < MINUTES * 60 for record in records)
