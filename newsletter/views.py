"""What readers see of the newsletter. Links in mails open pages; only the buttons on them act."""

from django.core.exceptions import SuspiciousOperation
from django.http import UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bookclub.origin import led_to, same_origin_post
from bookclub.paging import page_of
from bookclub.secrecy import kept_secret
from newsletter import signing_up
from newsletter.forms import SignUpForm, TopicsForm
from newsletter.letter import TOKEN
from newsletter.models import Issue, Subscriber


@require_safe
def letters(request):
    """The form, and the letters that were sent."""
    return render(request, "newsletter/letters.html", letters_context(request) | {"form": SignUpForm()})


def letters_context(request):
    sent = Issue.objects.sent().visible_to(request.user).newest_first()
    return {"page": page_of(sent, request.GET.get("page"))}


@require_safe
def issue(request, number):
    issue = get_object_or_404(Issue.objects.sent().visible_to(request.user), number=number)
    return render(request, "newsletter/issue.html", {"issue": issue})


@cache_control(private=True, no_store=True)
@led_to("newsletter:letters")
@same_origin_post
def subscribe(request):
    form = SignUpForm(request.POST)
    if form.is_valid():
        signing_up.ask(request, form)
        return redirect("newsletter:asked")
    return render(request, "newsletter/letters.html", letters_context(request) | {"form": form}, status=422)


@require_safe
def asked(request):
    """The same for every address."""
    return render(request, "newsletter/asked.html")


@kept_secret
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request, token):
    """GET asks, POST confirms: programs that follow every link in a mail have confirmed nothing."""
    subscriber = Subscriber.objects.with_token(token, "confirm_token")
    if subscriber is None:
        return render(request, "newsletter/link_gone.html", {"form": SignUpForm()}, status=404)
    is_done = signing_up.confirm(subscriber) if request.method == "POST" else subscriber.gets_letter
    if is_done:
        return render(request, "newsletter/confirmed.html", {"subscriber": subscriber})
    if not subscriber.is_asked:
        return render(request, "newsletter/link_gone.html", {"form": SignUpForm()}, status=410)
    return render(request, "newsletter/confirm.html", {"subscriber": subscriber})


def by_token(view):
    """For pages that a subscriber's own secret link opens."""

    def view_for_subscriber(request, token):
        if token == TOKEN:
            return render(request, "newsletter/of_a_test.html")
        subscriber = Subscriber.objects.with_token(token)
        if subscriber is None:
            return render(request, "newsletter/unknown.html", status=404)
        return view(request, subscriber)

    return kept_secret(view_for_subscriber)


@csrf_exempt
@by_token
@require_http_methods(["GET", "HEAD", "POST"])
def leave(request, subscriber):
    """RFC 8058: a POST from anywhere, with nothing but this address, is answered 200 and may be repeated."""
    if request.method != "POST":
        return render(request, "newsletter/leave.html", {"subscriber": subscriber})
    signing_up.leave(subscriber, signing_up.BY_PROGRAM if is_by_program(request) else signing_up.BY_BUTTON_HERE)
    return render(request, "newsletter/left.html", {"subscriber": subscriber})


def is_by_program(request):
    """Whoever can't even write the form that RFC 8058 asks for is none of our pages."""
    try:
        return request.POST.get("List-Unsubscribe") == "One-Click"
    except (MultiPartParserError, SuspiciousOperation, UnreadablePostError):
        return True


@led_to("newsletter:manage")
@csrf_exempt
@by_token
@require_POST
def come_back(request, subscriber):
    signing_up.come_back(subscriber)
    return redirect("newsletter:manage", token=subscriber.token)


@csrf_exempt
@by_token
@require_http_methods(["GET", "HEAD", "POST"])
def manage(request, subscriber):
    form = TopicsForm(request.POST if request.method == "POST" else None, instance=subscriber)
    is_saved = request.method == "POST" and form.is_valid()
    if is_saved:
        signing_up.choose(subscriber, form.cleaned_data)
    return render(request, "newsletter/manage.html", {"subscriber": subscriber, "form": form, "is_saved": is_saved})
