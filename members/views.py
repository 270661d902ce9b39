from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from members.models import Author


@require_safe
def author(request, slug):
    author = get_object_or_404(Author.objects.visible_to(request.user), slug=slug)
    writeups = author.writeups.visible_to(request.user).newest_first().for_cards(request.user)
    return render(request, "members/author.html", {"author": author, "writeups": writeups})
