from django.conf import settings
from django.utils.functional import SimpleLazyObject

from bookclub.core.models import Club


def site(request):
    """Return `club` from the middleware, and `canonical_url`: the page's URL with only ?page= as query."""
    page = request.GET.get("page", "")
    query = f"?page={page}" if page.isascii() and page.isdecimal() and page != "1" else ""
    return {
        "club": getattr(request, "club", None) or SimpleLazyObject(Club.objects.current),
        "canonical_url": f"{settings.SITE_URL}{request.path}{query}",
    }
