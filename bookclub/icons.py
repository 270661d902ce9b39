"""The club's icons, for tabs and home screens: its initial on its colour, or a ribbon where the font lacks the initial."""

import io
from functools import lru_cache

from django.http import HttpResponse
from django.views.decorators.http import require_safe
from PIL import Image, ImageDraw

from bookclub.core.theme import ON_ACCENT
from bookclub.share_cards.drawing import DRAWING_LOCK
from bookclub.share_cards.fonts import MEDIUM, get_font, make_drawable

TOUCH_SIZE, TAB_SIZES = 180, (16, 32, 48)
LARGEST = 192  # drawn once, and made smaller
RIBBON = ((9, 4), (23, 4), (23, 28), (16, 23), (9, 28))  # in a square of 32, as in static/img/favicon.svg
HEADERS = {"Cache-Control": "public, max-age=86400"}


@require_safe
def favicon(request):
    return build_icon_response(draw_icon(*get_mark(request.club), is_for_tabs=True), "image/x-icon")


@require_safe
def touch_icon(request):
    """The icon of a home screen. The system rounds its corners."""
    return build_icon_response(draw_icon(*get_mark(request.club), is_for_tabs=False), "image/png")


def build_icon_response(content, content_type):
    return HttpResponse(content, content_type=content_type, headers=HEADERS)


def get_mark(club):
    """Return the initial and the colour of the club."""
    return make_drawable(club.name.strip()[:1].upper()), club.theme.surface


@lru_cache(maxsize=8)
def draw_icon(initial: str, colour: str, *, is_for_tabs: bool) -> bytes:
    """Return an ICO in TAB_SIZES, or a PNG of TOUCH_SIZE."""
    with DRAWING_LOCK:
        icon = draw_mark(initial, colour, radius=LARGEST // 8 if is_for_tabs else 0)
    out = io.BytesIO()
    if is_for_tabs:
        icon.save(out, "ICO", sizes=[(size, size) for size in TAB_SIZES])
    else:
        icon.convert("RGB").resize((TOUCH_SIZE, TOUCH_SIZE)).save(out, "PNG", optimize=True)
    return out.getvalue()


def draw_mark(initial, colour, radius):
    icon = Image.new("RGBA", (LARGEST, LARGEST))
    pencil = ImageDraw.Draw(icon)
    pencil.rounded_rectangle((0, 0, LARGEST - 1, LARGEST - 1), radius, fill=colour)
    if initial:
        font = get_font(MEDIUM, LARGEST * 3 // 4)
        left, top, right, bottom = font.getbbox(initial)
        position = ((LARGEST - right - left) / 2, (LARGEST - bottom - top) / 2)
        pencil.text(position, initial, font=font, fill=ON_ACCENT)
    else:
        pencil.polygon([(x * LARGEST / 32, y * LARGEST / 32) for x, y in RIBBON], fill=ON_ACCENT)
    return icon
