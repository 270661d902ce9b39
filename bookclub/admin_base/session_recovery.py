"""Show an admin form again that was posted with an expired session or the CSRF token of an earlier sign-in.

The posted data is stored in the session for a day, until the same user opens the form again; it has no files, and is
not saved automatically. Only forms with the signed key of their user that were sent from a page of this site are
stored, so that other sites can't inject data.
"""

import time
from copy import copy

from django.contrib import messages
from django.core import signing
from django.forms import PasswordInput
from django.http import HttpResponseRedirect, QueryDict
from django.utils.datastructures import MultiValueDict
from django.views import csrf

from bookclub.admin_base.forms import UnsavedData
from bookclub.core.same_origin import is_same_origin

SESSION_KEY, FORM_OWNER, DISCARD = "unsaved_admin_forms", "_form_owner", "_discard_saved_form"
SALT = "bookclub.admin_base.form"
SECONDS_A_DAY = 24 * 60 * 60
OWNER_MAX_AGE_DAYS = 30
MAX_BYTES = 1_000_000  # of all stored forms of a session
RECOVERED = (
    "You were no longer signed in when you sent this, so it has not been saved. What you typed is in the form below: "
    "look it over, choose pictures again, as they are not kept, and save it."
)


def sign_form_owner(user):
    return signing.dumps(user.pk, salt=SALT)


def read_form_owner(request):
    """Return the pk of the user to whom the posted form was shown, or None without a valid signature."""
    max_age = OWNER_MAX_AGE_DAYS * SECONDS_A_DAY
    try:
        return signing.loads(request.POST.get(FORM_OWNER, ""), salt=SALT, max_age=max_age)
    except signing.BadSignature:
        return None


def save_posted_form(request):
    """Store the posted form in the session. Return whether it was stored."""
    if request.method != "POST" or not is_same_origin(request):
        return False
    owner = read_form_owner(request)
    if owner is None or (request.user.is_authenticated and request.user.pk != owner):
        return False
    data = request.POST.copy()
    data.pop("csrfmiddlewaretoken", None)
    forms = {path: form for path, form in request.session.get(SESSION_KEY, {}).items() if path != request.path}
    forms[request.path] = {"owner": owner, "data": data.urlencode(), "at": time.time()}
    if sum(len(form["data"]) for form in forms.values()) > MAX_BYTES:
        return False
    request.session[SESSION_KEY] = forms
    if request.user.is_anonymous:
        request.session.set_expiry(SECONDS_A_DAY)
        messages.warning(
            request, "You are no longer signed in. What you typed is kept: sign in, and it is there again."
        )
    return True


def get_saved_form(request):
    """Return the stored form of the user for this page as a QueryDict, or None."""
    form = request.session.get(SESSION_KEY, {}).get(request.path)
    if form is None or form["owner"] != request.user.pk or form["at"] < time.time() - SECONDS_A_DAY:
        return None
    return QueryDict(form["data"])


def discard_saved_form(request):
    forms = request.session.get(SESSION_KEY, {})
    if forms.pop(request.path, None):
        request.session[SESSION_KEY] = forms


def recover_form(request):
    """Return a copy of the request that posts the stored form as UnsavedData, or None without a stored form."""
    data = get_saved_form(request)
    if data is None:
        return None
    again = copy(request)
    again.method, again.POST = "POST", UnsavedData.from_data(data, RECOVERED)
    again._files = MultiValueDict()  # noqa: SLF001 - Django has no setter
    return again


def csrf_failure(request, reason=""):
    """Show an admin form that has an old CSRF token again with a new one; reject other requests."""
    if save_posted_form(request):
        return HttpResponseRedirect(request.get_full_path())
    return csrf.csrf_failure(request, reason)


def has_password_field(form):
    return any(isinstance(field.widget, PasswordInput) for field in form.fields.values())
