"""Of two people in one form the second is told, sees both texts, and loses neither.

A form carries the number of the version that it was opened with. Saving moves the row on from that number, if it is
still there, in the same transaction; where it is not, the form comes back. A form without a number (sent by a program)
is saved as it is.
"""

from copy import copy

from django.contrib.admin.utils import unquote

from bookclub.desk.meanwhile import Meanwhile, digests, read_digests, rows_of, without_gone
from bookclub.desk.words import in_words
from bookclub.versions import Versioned

VERSION, OPENED = "_version", "_opened"


LOOK = "Your words are in the form below: look at what was changed, and save again."


class MovedOn(Exception):
    """Between the look at the row and the save, somebody else saved it."""


class HeldBack:
    """A form that is shown again and not saved, whatever is in it."""

    def full_clean(self):
        super().full_clean()
        if self.is_bound:
            self.add_error(None, self.held_back)


class OneAtATime:
    """For a ModelAdmin whose model is Versioned: a form that has grown old is not saved over what is newer."""

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        if request.method == "POST" and object_id and issubclass(self.model, Versioned):
            extra_context = (extra_context or {}) | self.look_again(request, object_id)
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except MovedOn:
            return self.changeform_view(request, object_id, form_url, extra_context)

    def look_again(self, request, object_id):
        """Compare what was sent with what is stored now, and hold the form back if others changed what is in it."""
        thing = self.get_object(request, unquote(object_id))
        sent = request.POST.get(VERSION)
        if thing is None or sent is None or not self.has_change_permission(request, thing):
            return {}
        request.version = thing.version
        if sent == str(thing.version):
            return {}
        meanwhile = self.meanwhile(request, thing)
        self.carry_on(request, thing, meanwhile)
        return {"meanwhile": meanwhile} if meanwhile else {}

    def meanwhile(self, request, thing):
        looking = copy(request)
        looking.method = "GET"
        request.stored = self.forms_for(looking, thing)
        request.sent = self.forms_for(request, copy(thing))
        opened = read_digests(request.POST.get(OPENED, ""))
        return Meanwhile(opened, rows_of(*request.stored), rows_of(*request.sent))

    def forms_for(self, request, thing):
        """The page's form and formsets: what is stored, for a GET; what was sent, for a POST, with all its errors."""
        form_class = self.get_form(request, thing, change=True)
        sent = (request.POST, request.FILES) if request.method == "POST" else ()
        form = form_class(*sent, instance=thing)
        formsets, _ = self._create_formsets(request, thing, change=True)
        for each in (form, *formsets):
            each.is_valid()
        return form, formsets

    def carry_on(self, request, thing, meanwhile):
        """The form goes on from what is stored now: with the new number, and with what only others changed."""
        request.POST = request.POST.copy()
        meanwhile.take_over(request.POST)
        for formset in request.sent[1]:
            without_gone(request.POST, formset, meanwhile.gone)
        request.POST[VERSION] = str(thing.version)
        request.POST[OPENED] = digests(*request.stored)
        if meanwhile:
            why = getattr(request, "held_back", "Nothing was saved just now.")
            request.held_back = f"{self.who_saved(request, thing)} {why} {LOOK}{again(request)}"

    def who_saved(self, request, thing):
        last = thing.history.select_related("history_user").first() if hasattr(thing, "history") else None
        if last is None or last.history_user is None:
            return "This was changed while you were typing."
        who = "You" if last.history_user == request.user else last.history_user
        return f"{who} changed this while you were typing, {in_words(last.history_date)}."

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change=change, **kwargs)
        reason = getattr(request, "held_back", None)
        return type(form.__name__, (HeldBack, form), {"held_back": reason}) if reason else form

    def save_model(self, request, obj, form, change):
        if form.prefix:  # a row of a list, where a few fields are edited: it writes those and no others
            obj.save(update_fields=form.changed_data)
            return
        version = getattr(request, "version", None)
        if change and version is not None and not self.model.objects.claim(obj.pk, version):
            raise MovedOn
        super().save_model(request, obj, form, change)

    def render_change_form(self, request, context, **options):
        if options.get("change") and issubclass(self.model, Versioned):
            context |= self.numbers(request, context, options["obj"])
        context["held_back"] = getattr(request, "held_back", "")
        if context["held_back"] and len(context["errors"]) == 1:
            context["errors"] = []  # nothing is wrong with what was typed
        return super().render_change_form(request, context, **options)

    def numbers(self, request, context, obj):
        """What the form carries; a form that comes back with errors keeps what it was opened with."""
        if request.method == "POST":
            return {"version": request.POST.get(VERSION, ""), "opened": request.POST.get(OPENED, "")}
        formsets = [each.formset for each in context["inline_admin_formsets"]]
        return {"version": obj.version, "opened": digests(context["adminform"].form, formsets)}


def again(request):
    """Browsers don't send a picture twice by themselves."""
    return " Choose pictures again: they are not kept." if request.FILES else ""
