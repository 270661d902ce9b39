"""The public pages of the newsletter. Links in mails only open pages; a button on the page acts."""

from functools import wraps

from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bookclub.core.decorators import secret_url
from bookclub.core.pagination import get_page
from bookclub.core.same_origin import redirect_get_to, same_origin_post
from bookclub.mail.one_click import is_one_click
from members.rate_limits import limit_network
from newsletter import subscriptions
from newsletter.forms import SignUpForm, TopicsForm
from newsletter.models import Issue, Subscriber
from newsletter.rendering import TOKEN_PLACEHOLDER
from newsletter.structured_data import describe_issue_page


@require_safe
def issue_list(request):
    """Show the sign-up form and the sent issues."""
    return render(request, "newsletter/issue_list.html", get_list_context(request) | {"form": SignUpForm()})


def get_list_context(request):
    sent = Issue.objects.sent().visible_to(request.user).newest_first()
    return {"page": get_page(sent, request.GET.get("page"))}


@require_safe
def issue(request, number):
    issue = get_object_or_404(Issue.objects.sent().visible_to(request.user), number=number)
    context = {
        "issue": issue,
        "is_article": True,
        "structured_data": describe_issue_page(issue, request.club) if issue.is_public else [],
    }
    return render(request, "newsletter/issue.html", context)


@cache_control(private=True, no_store=True)
@redirect_get_to("newsletter:issue_list")
@same_origin_post
@limit_network("subscribe")
def subscribe(request):
    form = SignUpForm(request.POST)
    if form.is_valid():
        subscriptions.request_subscription(request, form)
        return redirect("newsletter:check_inbox")
    return render(request, "newsletter/issue_list.html", get_list_context(request) | {"form": form}, status=422)


@require_safe
def check_inbox(request):
    """Show the same page for every address."""
    return render(request, "newsletter/check_inbox.html")


@secret_url
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request, token):
    """Show a button; only its POST confirms, so that link scanners don't."""
    subscriber = Subscriber.objects.with_token(token, "confirm_token")
    if subscriber is None:
        return render(request, "newsletter/expired_link.html", {"form": SignUpForm()}, status=404)
    is_done = subscriptions.confirm_subscription(subscriber) if request.method == "POST" else subscriber.receives_letter
    if is_done:
        return render(request, "newsletter/confirmed.html", {"subscriber": subscriber})
    if not subscriber.has_open_request:
        return render(request, "newsletter/expired_link.html", {"form": SignUpForm()}, status=410)
    return render(request, "newsletter/confirm.html", {"subscriber": subscriber})


def require_token(view):
    """Pass the subscriber of the secret link to `view` in place of the token."""

    @wraps(view)
    def view_for_subscriber(request, token):
        if token == TOKEN_PLACEHOLDER:
            return render(request, "newsletter/test_link.html")
        subscriber = Subscriber.objects.with_token(token)
        if subscriber is None:
            return render(request, "newsletter/unknown_link.html", status=404)
        return view(request, subscriber)

    return view_for_subscriber


@csrf_exempt
@secret_url
@require_http_methods(["GET", "HEAD", "POST"])
@require_token
def leave(request, subscriber):
    """Unsubscribe by POST from any origin, without cookie or CSRF token: RFC 8058. Safe to repeat."""
    if request.method != "POST":
        return render(request, "newsletter/unsubscribe.html", {"subscriber": subscriber})
    subscriptions.end_subscription(
        subscriber, subscriptions.BY_PROGRAM if is_one_click(request) else subscriptions.BY_BUTTON_HERE
    )
    return render(request, "newsletter/unsubscribed.html", {"subscriber": subscriber})


@redirect_get_to("newsletter:topics")
@csrf_exempt
@secret_url
@require_POST
@require_token
def come_back(request, subscriber):
    subscriptions.restore_subscription(subscriber)
    return redirect("newsletter:topics", token=subscriber.token)


@csrf_exempt
@secret_url
@require_http_methods(["GET", "HEAD", "POST"])
@require_token
def choose_topics(request, subscriber):
    form = TopicsForm(request.POST if request.method == "POST" else None, instance=subscriber)
    is_saved = request.method == "POST" and form.is_valid()
    if is_saved:
        subscriptions.choose_topics(subscriber, form.cleaned_data)
    return render(request, "newsletter/topics.html", {"subscriber": subscriber, "form": form, "is_saved": is_saved})
