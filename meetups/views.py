from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from bookclub.core.decorators import secret_url
from bookclub.core.pagination import get_page
from bookclub.core.same_origin import same_origin_post
from bookclub.core.visibility import PreviewReader
from bookclub.share_cards.registry import get_card_link
from books.contents import get_book_contents
from meetups import visitor_rsvps
from meetups.forms import RSVPForm, VisitorForm, WriteUpFilter
from meetups.models import Meetup, PreviewLink, WriteUp
from meetups.placement import arrange_body, without_placeholders
from meetups.rsvp_panel import RSVPPanel
from meetups.rsvps import record_rsvp
from meetups.structured_data import describe_meetup_page, describe_writeup_page
from members.login_by_code import start_login_by_code


@require_safe
def meetup_list(request):
    meetups = Meetup.objects.visible_to(request.user).for_cards(request.user)
    context = {"upcoming": meetups.upcoming(), "page": get_page(meetups.past(), request.GET.get("page"))}
    return render(request, "meetups/list.html", context)


@require_safe
def detail(request, slug):
    return render(request, "meetups/detail.html", build_meetup_context(request, slug))


def build_meetup_context(request, slug, form=None):
    """Return the context of meetups/detail.html; `form` is a submitted form with errors."""
    meetups = Meetup.objects.visible_to(request.user).for_cards(request.user)
    meetup = get_object_or_404(meetups, slug=slug)
    day, book = date_format(meetup.date, "l j F Y") if meetup.date else "", meetup.shown_book
    subject = f"{request.club.name} on {day}" if day else f"The next evening of {request.club.name}"
    about_book = f", on {book.full_title}" if book else ""
    card = get_card_link(meetup, request.club)
    return {
        "share_card": card,
        "structured_data": describe_meetup_page(meetup, request.club, card) if meetup.is_public else [],
        "title": day or "A date to be announced",
        "description": f"{subject}{about_book}: where we meet and what to expect.",
        "meetup": meetup,
        "next_meetup": meetups.upcoming().going_ahead().exclude(pk=meetup.pk).first(),
        "panel": RSVPPanel(meetup, request.user, request.club, form),
        "form": form,
        "offers_calendar": meetup.has_date_ahead and not meetup.has_begun and meetup.own_answer != "going",
    }


@csrf_exempt
def rsvp(request, slug):
    """Save an answer. A GET, such as from a browser that restores its tabs, redirects to the meetup's page."""
    return redirect("meetups:detail", slug) if request.method in {"GET", "HEAD"} else submit_rsvp(request, slug)


@same_origin_post
@cache_control(private=True, no_store=True)
def submit_rsvp(request, slug):
    """Save a member's answer, or store a visitor's until they sign in with the mailed code."""
    meetup = get_object_or_404(Meetup.objects.visible_to(request.user), slug=slug)
    form = (RSVPForm if request.user.is_authenticated else VisitorForm)(request.POST, club=request.club)
    if form.is_valid():
        try:
            return save_answer(request, meetup, form)
        except ValidationError as refusal:
            form.add_error(None, refusal)
        except Meetup.DoesNotExist:
            raise Http404 from None
    return render(request, "meetups/detail.html", build_meetup_context(request, slug, form))


def save_answer(request, meetup, form):
    """Raise ValidationError, with a message for the reader, if the answer is not accepted."""
    if request.user.is_authenticated:
        record_rsvp(meetup, request.user, **form.rsvp)
        return redirect(meetup)
    name, email = form.cleaned_data["name"], form.cleaned_data["email"]
    visitor_rsvps.store_visitor_rsvp(request, meetup, email, form.rsvp)
    return start_login_by_code(request, email=email, name=name, next_url=meetup.get_absolute_url())


@require_safe
def writeup_list(request):
    writeups = WriteUp.objects.visible_to(request.user)
    form = WriteUpFilter(request.GET, writeups, request.user)
    found = form.apply(writeups).newest_first().for_cards(request.user)
    return render(
        request, "meetups/writeup_list.html", {"form": form, "page": get_page(found, request.GET.get("page"))}
    )


@require_safe
def writeup(request, slug):
    user = request.user
    writeup = get_object_or_404(WriteUp.objects.visible_to(user).for_page(user), slug=slug)
    card = get_card_link(writeup, request.club)
    context = build_writeup_context(writeup, user, request.club) | {
        "is_article": True,
        "neighbours": WriteUp.objects.visible_to(user).neighbours_of(writeup),
        "share_card": card,
        "structured_data": describe_writeup_page(writeup, request.club, card) if writeup.is_public else [],
    }
    if writeup.is_editable_by(user):
        context["edit_url"] = reverse("admin:meetups_writeup_change", args=[writeup.pk])
    return render(request, "meetups/writeup.html", context)


@require_safe
@secret_url
def preview(request, token):
    """Show a draft by its secret link as a visitor would see it; redirect to its page once it is published."""
    link = PreviewLink.objects.with_token(token)
    if link and link.writeup.is_published:
        return redirect(link.writeup)
    if link is None or not link.is_valid:
        return render(request, "meetups/preview_gone.html", status=404)
    reader = PreviewReader(link.writeup)
    writeup = WriteUp.objects.visible_to(reader).for_page(reader).get(pk=link.writeup_id)
    context = build_writeup_context(writeup, reader, request.club) | {"link": link}
    return render(request, "meetups/preview.html", context)


def build_writeup_context(writeup, user, club):
    """Return the context of meetups/writeup.html for a write-up from `for_page(user)`."""
    book = writeup.shown_book
    upcoming = Meetup.objects.visible_to(user).upcoming().going_ahead()
    return {
        "writeup": writeup,
        "body_parts": arrange_body(writeup.body_html, writeup.photos.all(), writeup.pull_quote or club.motto),
        "description_html": without_placeholders(writeup.body_html),
        "book": book,
        "contents": get_book_contents(book, user, until=writeup.published_at) if book else None,
        "session_notes": writeup.session_notes.with_names_for(user, club),
        "next_meetup": upcoming.for_cards(user).exclude(pk=writeup.meetup_id).first(),
        "related": WriteUp.objects.visible_to(user).related_to(writeup).for_cards(user)[:3],
    }
