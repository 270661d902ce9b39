"""Draw a card as JPEG. All measures are in pixels of the card."""

import io
import logging
import threading
from functools import partial

from PIL import Image, ImageDraw

from bookclub.core.theme import ON_ACCENT, mix
from bookclub.images.files import variant_name
from bookclub.images.validation import DECODING_ERRORS
from bookclub.share_cards.content import CardContent
from bookclub.share_cards.fonts import ITALIC, MEDIUM, get_font, make_drawable, measure_word
from bookclub.share_cards.line_breaking import Lines, measure_widest_unit, shorten_to_lines

logger = logging.getLogger(__name__)

SIZE = WIDTH, HEIGHT = 1200, 630
MAX_BYTES = 120 * 1024
QUALITIES = (82, 70, 55, 40, 25)  # the first that stays within MAX_BYTES
MARGIN = 72
PAPER, INK, SOFT = "#fcfbfa", "#231a26", "#62566a"
COVER_BOX, PHOTO_WIDTH, GAP = (330, 440), 470, 56
HEADLINE_SIZES = (84, 76, 68, 60, 54, 48, 42, 38, 34)
QUOTATION_SIZES = (72, 64, 56, 50, 44, 40, 36, 32, 29)
SMALL, DETAILS_GAP = 30, 30
MAX_CHARACTERS, MAX_SMALL_CHARACTERS = 1_200, 300  # more than fit
MAX_DETAIL_LINES = 5
SHORTENED = "Shortened: the page has all of it"
# FreeType's fonts are shared, and may not be used by two threads at a time.
DRAWING_LOCK = threading.Lock()


def draw_card(content: CardContent) -> bytes:
    """Return a JPEG of at most MAX_BYTES."""
    picture = open_picture(content)
    with DRAWING_LOCK:
        return encode_jpeg(CardCanvas(content, picture).draw())


def open_picture(content):
    """Return the pixels of the card's picture, or None if it has none or its file can't be read."""
    if not content.picture:
        return None
    wanted = PHOTO_WIDTH * 2 if content.is_photo else COVER_BOX[0]
    widths = content.picture.widths
    width = next((each for each in widths if each >= wanted), widths[-1] if widths else 0)
    try:
        with content.picture.storage.open(variant_name(content.picture.name, width, "jpg")) as file:
            return Image.open(file).convert("RGB")
    except DECODING_ERRORS as error:
        logger.warning("A share card is drawn without its picture: %s", error)
        return None


def encode_jpeg(image):
    for quality in QUALITIES:
        out = io.BytesIO()
        image.save(out, "JPEG", quality=quality, optimize=True)
        if out.tell() <= MAX_BYTES:
            break
    return out.getvalue()


class CardCanvas:
    """The canvas of one card, with its colours and the space left for words."""

    def __init__(self, content, picture):
        self.content = content
        self.picture = picture
        self.is_on_colour = not content.flag
        self.paper, self.ink = (content.surface, ON_ACCENT) if self.is_on_colour else (PAPER, INK)
        self.soft = mix(ON_ACCENT, content.surface, 0.2) if self.is_on_colour else SOFT
        self.accent = ON_ACCENT if self.is_on_colour else content.accent
        self.image = Image.new("RGB", SIZE, self.paper)
        self.draw_on = ImageDraw.Draw(self.image)
        self.right = WIDTH - MARGIN

    def draw(self):
        if self.picture and self.content.is_photo:
            self._draw_photo()
        elif self.picture:
            self._draw_cover()
        self._draw_frame()
        top = MARGIN - 12
        if eyebrow := self._fit_small(self.content.eyebrow, ITALIC, 1):
            self._write(eyebrow[0], MARGIN, top, get_font(ITALIC, SMALL), self.accent)
            top += 58
        bottom = self._draw_foot()
        self._draw_words(top, bottom)
        return self.image

    def _draw_photo(self):
        left = WIDTH - PHOTO_WIDTH
        self.image.paste(crop_to_fill(self.picture, (PHOTO_WIDTH, HEIGHT)), (left, 0))
        self.right = left - GAP

    def _draw_cover(self):
        cover = self.picture.copy()
        scale = min(COVER_BOX[0] / cover.width, COVER_BOX[1] / cover.height)
        cover = cover.resize((max(1, round(cover.width * scale)), max(1, round(cover.height * scale))), reducing_gap=2)
        left, top = WIDTH - MARGIN - cover.width, (HEIGHT - cover.height) // 2
        for spread, share in ((14, 0.05), (9, 0.09), (5, 0.16)):
            shadow = (left - spread + 3, top - spread + 8, left + cover.width + spread, top + cover.height + spread + 4)
            self.draw_on.rounded_rectangle(shadow, spread, fill=mix(self.paper, "#000000", share))
        self.image.paste(cover, (left, top))
        self.right = left - GAP

    def _draw_frame(self):
        """Draw a ribbon in the colour of the kind, or on the club's colour the line of a blind stamp."""
        if self.is_on_colour:
            line = mix(self.content.surface, ON_ACCENT, 0.3)
            self.draw_on.rectangle((24, 24, WIDTH - 25, HEIGHT - 25), outline=line, width=2)
        else:
            self.draw_on.rectangle((0, 0, 14, HEIGHT), fill=self.content.surface)
            self.draw_on.rectangle((MARGIN, 0, MARGIN + 108, 22), fill=self.content.flag)

    def _draw_foot(self):
        """Write the club's name at the foot; return the height that is left above it."""
        top = HEIGHT - MARGIN - 24
        lines = self._fit_small(self.content.club_name, MEDIUM, 1)
        if not lines:
            return HEIGHT - MARGIN
        first, _, rest = lines[0].partition(" ")
        end = self._write(first, MARGIN, top, get_font(MEDIUM, SMALL), self.ink)
        self._write(rest, end + SMALL * 0.28, top, get_font(ITALIC, SMALL), self.ink)
        return top - 24

    def _fit_small(self, text, name, max_lines):
        """Return the lines of a small text, shortened to `max_lines`; none if it can't be drawn."""
        drawable = make_drawable(cut_to_length(text, MAX_SMALL_CHARACTERS))
        measure = partial(measure_word, name, SMALL)
        return shorten_to_lines(drawable, self.right - MARGIN, measure, max_lines).lines if drawable else []

    def _draw_words(self, top, bottom):
        """Write the headline as large as it fits, and the details below it."""
        details = [line for text in self.content.details for line in self._fit_small(text, MEDIUM, 2)]
        details = details[:MAX_DETAIL_LINES]
        headline = make_drawable(cut_to_length(self.content.headline, MAX_CHARACTERS))
        is_quotation = self.content.is_quotation and bool(headline)
        headline = headline or make_drawable(cut_to_length(self.content.fallback, MAX_CHARACTERS))
        width, font = self.right - MARGIN, get_font(MEDIUM, SMALL)
        # Room for one more small line, for the note on a text that is shortened.
        space = bottom - top - (len(details) + is_quotation) * SMALL * 1.35 - DETAILS_GAP
        text = f"“{headline}”" if is_quotation else headline
        size, fitted = fit_text(text, width, space, is_quotation) if headline else (0, Lines([]))
        if fitted.is_shortened and is_quotation:
            details.append(SHORTENED)
        name = ITALIC if is_quotation else MEDIUM
        height = size * get_line_height(is_quotation) * len(fitted.lines) + DETAILS_GAP + len(details) * SMALL * 1.35
        y = top + max(0, (bottom - top - height) / 2)
        for number, line in enumerate(fitted.lines):
            hang = measure_word(name, size, "“") if is_quotation and number == 0 else 0
            self._write(line, MARGIN - min(hang, 40), y, get_font(name, size), self.ink)
            y += size * get_line_height(is_quotation)
        y += DETAILS_GAP
        for line in details:
            self._write(line, MARGIN, y, font, self.soft)
            y += SMALL * 1.35

    def _write(self, text, x, y, font, colour):
        """Write one line with its top at `y`; return where it ends."""
        self.draw_on.text((x, y), text, font=font, fill=colour)
        return x + font.getlength(text)


def get_line_height(is_quotation):
    return 1.28 if is_quotation else 1.14


def fit_text(text, width, height, is_quotation):
    """Return the largest size at which `text` fits, and its lines; at the smallest size it is shortened."""
    sizes, name = (QUOTATION_SIZES, ITALIC) if is_quotation else (HEADLINE_SIZES, MEDIUM)
    for size in sizes:
        measure = partial(measure_word, name, size)
        max_lines = max(1, int(height / (size * get_line_height(is_quotation))))
        is_last = size == sizes[-1]
        if not is_last and measure_widest_unit(text, measure) > width:
            continue  # a smaller size splits no word and no date
        fitted = shorten_to_lines(text, width, measure, max_lines)
        if is_last or not fitted.is_shortened:
            break
    if is_quotation and fitted.is_shortened:
        fitted = close_quotation(text, width, measure, max_lines)
    return size, fitted


def cut_to_length(text, length):
    return text if len(text) <= length else text[:length].rpartition(" ")[0] or text[:length]


def close_quotation(text, width, measure, max_lines):
    """Shorten a quotation so that its closing mark stands behind the ellipsis."""
    lines = shorten_to_lines(text.removesuffix("”"), width - measure("”"), measure, max_lines).lines
    return Lines([*lines[:-1], f"{lines[-1]}”"], is_shortened=True)


def crop_to_fill(image, size):
    """Return the middle of `image` in `size`; of a high picture a part nearer to its top, where faces are."""
    scale = max(size[0] / image.width, size[1] / image.height)
    box_width, box_height = size[0] / scale, size[1] / scale
    left, top = (image.width - box_width) / 2, (image.height - box_height) / 3
    return image.resize(size, box=(left, top, left + box_width, top + box_height), reducing_gap=2)
