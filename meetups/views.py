from functools import wraps

from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from bookclub.origin import same_origin_post
from bookclub.paging import page_of
from bookclub.publishing import PreviewReader
from books.contents import contents_of
from meetups import wishes
from meetups.forms import RSVPForm, VisitorForm, WriteUpFilter
from meetups.models import Meetup, PreviewLink, WriteUp
from meetups.previews import way_back
from meetups.rail import Rail
from meetups.seating import record_rsvp
from members.entrance import enter

# An address that is a key: kept by no cache and no index, told to no site that the page links to.
SECRET = {"Cache-Control": "private, no-store", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow"}


def kept_secret(view):
    @wraps(view)
    def secret_view(request, *args, **kwargs):
        response = view(request, *args, **kwargs)
        for name, value in SECRET.items():
            response[name] = value
        return response

    return secret_view


@require_safe
def meetup_list(request):
    meetups = Meetup.objects.visible_to(request.user).for_cards(request.user)
    context = {"upcoming": meetups.upcoming(), "page": page_of(meetups.past(), request.GET.get("page"))}
    return render(request, "meetups/list.html", context)


@require_safe
def detail(request, slug):
    return render(request, "meetups/detail.html", page_of_meetup(request, slug))


def page_of_meetup(request, slug, form=None):
    """All that meetups/detail.html shows; `form` is one that was sent and came back."""
    meetups = Meetup.objects.visible_to(request.user).for_cards(request.user)
    meetup = get_object_or_404(meetups, slug=slug)
    return {
        "meetup": meetup,
        "next_meetup": meetups.upcoming().filter(cancelled_at=None).exclude(pk=meetup.pk).first(),
        "rail": Rail(meetup, request.user, request.club, form),
        "form": form,
    }


@csrf_exempt
def rsvp(request, slug):
    """Whoever comes without the form, such as a browser that opens its tabs again, is led to the page."""
    return redirect("meetups:detail", slug) if request.method in {"GET", "HEAD"} else take_answer(request, slug)


@same_origin_post
@cache_control(private=True, no_store=True)
def take_answer(request, slug):
    """Keep what a member answers, or what a visitor asks for until they have typed their code."""
    meetup = get_object_or_404(Meetup.objects.visible_to(request.user), slug=slug)
    form = (RSVPForm if request.user.is_authenticated else VisitorForm)(request.POST, club=request.club)
    if form.is_valid():
        try:
            return answer(request, meetup, form)
        except ValidationError as refusal:
            form.add_error(None, refusal)
        except Meetup.DoesNotExist:
            raise Http404 from None
    return render(request, "meetups/detail.html", page_of_meetup(request, slug, form))


def answer(request, meetup, form):
    """Raises ValidationError, with words for the reader, where the meetup takes no such answer."""
    if request.user.is_authenticated:
        record_rsvp(meetup, request.user, **form.rsvp)
        return redirect(meetup)
    name, email = form.cleaned_data["name"], form.cleaned_data["email"]
    wishes.keep(request, meetup, email, form.rsvp)
    return enter(request, email=email, name=name, next_url=meetup.get_absolute_url())


@require_safe
def writeup_list(request):
    writeups = WriteUp.objects.visible_to(request.user)
    form = WriteUpFilter(request.GET, writeups, request.user)
    found = form.apply(writeups).newest_first().for_cards(request.user)
    return render(request, "meetups/writeups.html", {"form": form, "page": page_of(found, request.GET.get("page"))})


@require_safe
def writeup(request, slug):
    user = request.user
    writeup = get_object_or_404(WriteUp.objects.visible_to(user).for_page(user), slug=slug)
    context = page_of_writeup(writeup, user, request.club) | {"way_back": way_back(writeup, user)}
    return render(request, "meetups/writeup.html", context)


@require_safe
@kept_secret
def preview(request, token):
    """A draft for who holds its secret link, as a visitor would see it; to its own page once it is published."""
    link = PreviewLink.objects.with_token(token)
    if link and link.writeup.is_published:
        return redirect(link.writeup)
    if link is None or not link.is_alive:
        return render(request, "meetups/preview_gone.html", status=404)
    reader = PreviewReader(link.writeup)
    writeup = WriteUp.objects.visible_to(reader).for_page(reader).get(pk=link.writeup_id)
    context = page_of_writeup(writeup, reader, request.club) | {"link": link}
    return render(request, "meetups/preview.html", context)


def page_of_writeup(writeup, user, club):
    """All that meetups/writeup.html shows of a write-up from `for_page(user)`."""
    book = writeup.shown_book
    return {
        "writeup": writeup,
        "book": book,
        "contents": contents_of(book, user, until=writeup.published_at) if book else None,
        "session_notes": writeup.session_notes.named_for(user, club),
        "next_meetup": Meetup.objects.visible_to(user).upcoming().for_cards(user).exclude(pk=writeup.meetup_id).first(),
        "related": WriteUp.objects.visible_to(user).related_to(writeup).for_cards(user)[:3],
    }
