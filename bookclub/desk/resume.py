"""A form that is sent after its session ended, or with the token of an earlier sign-in, comes back filled.

What was typed waits in the session, on the server: until the same person opens the form again, for a day at most.
Kept is only what came from a form that this site gave to that person (the form bears their signed key) and that was
sent from a page of this site; so no other site can put anything here. Files are not kept, and nothing is saved by it.
"""

import time
from copy import copy

from django.contrib import messages
from django.core import signing
from django.forms import PasswordInput
from django.http import HttpResponseRedirect, QueryDict
from django.shortcuts import redirect
from django.utils.datastructures import MultiValueDict
from django.views import csrf

from bookclub.desk.sessions import DAYS
from bookclub.origin import came_from_here

KEPT, GIVEN_TO, THROW_AWAY = "desk_kept", "_given_to", "_throw_away"
SALT = "bookclub.desk.form"
DAY = 24 * 60 * 60
LONGEST = 1_000_000  # bytes, all forms of a session together
IS_BACK = (
    "You were no longer signed in when you sent this, so it has not been saved. What you typed is in the form below: "
    "look it over, choose pictures again, as they are not kept, and save it."
)


def given_to(person):
    return signing.dumps(person.pk, salt=SALT)


def person_of(request):
    """The key of the person whom the sent form was given to; None where it bears none that we signed."""
    try:
        return signing.loads(request.POST.get(GIVEN_TO, ""), salt=SALT, max_age=DAYS * DAY)
    except signing.BadSignature:
        return None


def keep(request):
    """Keep what was typed, and say whether it was kept."""
    if request.method != "POST" or not came_from_here(request):
        return False
    person = person_of(request)
    if person is None or (request.user.is_authenticated and request.user.pk != person):
        return False
    typed = request.POST.copy()
    typed.pop("csrfmiddlewaretoken", None)
    forms = {path: form for path, form in request.session.get(KEPT, {}).items() if path != request.path}
    forms[request.path] = {"person": person, "typed": typed.urlencode(), "at": time.time()}
    if sum(len(form["typed"]) for form in forms.values()) > LONGEST:
        return False
    request.session[KEPT] = forms
    if request.user.is_anonymous:
        request.session.set_expiry(DAY)
        messages.warning(
            request, "You are no longer signed in. What you typed is kept: sign in, and it is there again."
        )
    return True


def kept_for(request):
    """What the person at the desk had typed into this page's form, as a QueryDict, or None."""
    form = request.session.get(KEPT, {}).get(request.path)
    if form is None or form["person"] != request.user.pk or form["at"] < time.time() - DAY:
        return None
    return QueryDict(form["typed"])


def forget(request):
    forms = request.session.get(KEPT, {})
    if forms.pop(request.path, None):
        request.session[KEPT] = forms


def csrf_failure(request, reason=""):
    """A desk's form with an old token is shown again with a new one; whatever else is refused."""
    if keep(request):
        return HttpResponseRedirect(request.get_full_path())
    return csrf.csrf_failure(request, reason)


class Resuming:
    """For a ModelAdmin: the page of a form that was kept shows it as it was typed."""

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        if request.method == "POST" and THROW_AWAY in request.POST:
            forget(request)
            return redirect(request.get_full_path())
        kept = kept_for(request) if request.method == "GET" else None
        if kept is not None:
            extra_context = (extra_context or {}) | {"is_kept": True}
            return super().changeform_view(as_sent_now(request, kept), object_id, form_url, extra_context)
        response = super().changeform_view(request, object_id, form_url, extra_context)
        if request.method == "POST" and response.status_code == 302:
            forget(request)
        return response

    def render_change_form(self, request, context, **options):
        if not has_password(context["adminform"].form):
            context["given_to"] = given_to(request.user)
        return super().render_change_form(request, context, **options)


def as_sent_now(request, typed):
    """The request as if the form were being sent, held back from being saved."""
    again = copy(request)
    again.method, again.POST, again._files = "POST", typed, MultiValueDict()  # noqa: SLF001 - Django has no setter
    again.held_back = IS_BACK
    return again


def has_password(form):
    return any(isinstance(field.widget, PasswordInput) for field in form.fields.values())
