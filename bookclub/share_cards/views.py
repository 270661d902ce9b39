from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from bookclub.share_cards.cards import BeingDrawn, get_or_draw_card
from bookclub.share_cards.registry import get_card_kinds, get_card_path

HEADERS = {
    # Asked for again each time: a card disappears with its page.
    "Cache-Control": "public, no-cache",
    # Other sites may show it: that is what it is for.
    "Cross-Origin-Resource-Policy": "cross-origin",
}


@require_safe
def share_card(request, kind, pk, digest):
    """Return the card of a row that everybody may see; the address of an earlier version redirects to the present one."""
    card_kind = get_card_kinds().get(kind)
    if card_kind is None:
        raise Http404
    row = get_object_or_404(card_kind.public_rows(), pk=pk)
    content = card_kind.build(row, request.club)
    if digest != content.digest:
        return HttpResponseRedirect(get_card_path(card_kind, row, content), headers=HEADERS)
    try:
        jpeg = get_or_draw_card(card_kind, row, content)
    except BeingDrawn:
        return HttpResponse(
            "Ask again in a moment.\n", status=503, content_type="text/plain", headers={"Retry-After": "2"}
        )
    return HttpResponse(jpeg, content_type="image/jpeg", headers=HEADERS | {"ETag": f'"{digest}"'})
