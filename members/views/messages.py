"""The page behind the link at the foot of a message to the guests of a meetup."""

from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from bookclub.core.decorators import secret_url
from bookclub.mail.one_click import read_posted_fields
from members import messages


@secret_url
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def choose_messages(request, token):
    """Refuse such messages by POST from any origin, without a cookie: RFC 8058. With `again` in the form, undo it."""
    member = messages.find_member(token)
    if member is None:
        return render(request, "members/messages_unknown_link.html", status=404)
    if request.method == "POST":
        member.wants_messages = "again" in (read_posted_fields(request) or {})
        messages.set_wants_messages(member, member.wants_messages)
    return render(request, "members/messages.html", {"wants_messages": member.wants_messages})
