from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from bookclub.paging import page_of
from books.contents import contents_of
from meetups.forms import WriteUpFilter
from meetups.models import Meetup, WriteUp


@require_safe
def meetup_list(request):
    meetups = Meetup.objects.visible_to(request.user).for_cards(request.user)
    context = {"upcoming": meetups.upcoming(), "page": page_of(meetups.past(), request.GET.get("page"))}
    return render(request, "meetups/list.html", context)


@require_safe
def detail(request, slug):
    meetups = Meetup.objects.visible_to(request.user).for_cards(request.user)
    meetup = get_object_or_404(meetups, slug=slug)
    context = {"meetup": meetup, "next_meetup": meetups.upcoming().exclude(pk=meetup.pk).first()}
    return render(request, "meetups/detail.html", context)


@require_safe
def writeup_list(request):
    writeups = WriteUp.objects.visible_to(request.user)
    form = WriteUpFilter(request.GET, writeups, request.user)
    found = form.apply(writeups).newest_first().for_cards(request.user)
    return render(request, "meetups/writeups.html", {"form": form, "page": page_of(found, request.GET.get("page"))})


@require_safe
def writeup(request, slug):
    user = request.user
    writeups = WriteUp.objects.visible_to(user)
    writeup = get_object_or_404(writeups.for_page(user), slug=slug)
    book = writeup.shown_book
    context = {
        "writeup": writeup,
        "book": book,
        "contents": contents_of(book, user, until=writeup.published_at) if book else None,
        "session_notes": writeup.session_notes.named_for(user, request.club),
        "next_meetup": Meetup.objects.visible_to(user).upcoming().for_cards(user).exclude(pk=writeup.meetup_id).first(),
        "related": writeups.related_to(writeup).for_cards(user)[:3],
    }
    return render(request, "meetups/writeup.html", context)
