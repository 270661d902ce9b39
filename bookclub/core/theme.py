"""The club's own look: an accent colour and a typeface, as a style sheet of its own, checked so that all can read it.

The organiser chooses one colour, for the light scheme. That of the dark scheme is made from it, lighter, until it can be
read as well. The style sheet has its hash in its address, so browsers keep it for a year.
"""

import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache

from django.core.exceptions import ValidationError
from django.urls import reverse

HEX_COLOUR = re.compile(r"#[0-9a-f]{6}", re.IGNORECASE)
# The tokens of static/css/site.css against which text of the accent colour stands, or which stand on it.
LIGHT_SURFACES, DARK_SURFACES, ON_ACCENT = ("#fcfbfa", "#f4f0f1"), ("#17131a", "#221c27"), "#fff4ef"
TEXT_CONTRAST = 4.5  # WCAG 2.2, 1.4.3; controls need 3 (1.4.11), so what is enough for text is enough for them
DARK_CONTRAST = 7  # as comfortable as our own accent in the dark scheme
DEFAULT = ("#7d1835", "#f3abbb", "#6d132f", "#4d122a")  # the accent, and the surface of its panels: light and dark
STEPS = 200
TYPEFACES = {
    "georgia": 'Georgia,"Noto Serif",serif',
    "sans": 'system-ui,"Segoe UI",Roboto,"Noto Sans",sans-serif',
}
CSS = (
    "@layer tokens{{:root{{--accent:light-dark({light},{dark});--accent-surface:light-dark({surface},{dark_surface})}}}}"
    "html:root{{--club-accent:light-dark({light},{dark});--accent-surface:light-dark({surface},{dark_surface});"
    "--primary:var(--accent-surface);--button-bg:var(--accent-surface);--default-button-bg:var(--accent-surface)}}"
)


@dataclass(frozen=True)
class Theme:
    """The colours, which mails use too, and the style sheet; `css` is empty for the site's own look."""

    light: str
    dark: str
    surface: str
    dark_surface: str
    css: str = ""

    @property
    def digest(self):
        return hashlib.sha256(self.css.encode()).hexdigest()[:16] if self.css else ""

    @property
    def url(self):
        """The address of the style sheet, or an empty string."""
        return reverse("theme", args=[self.digest]) if self.css else ""


@lru_cache(maxsize=16)
def build_theme(accent: str, typeface: str) -> Theme:
    """Return the Theme; `accent` and `typeface` may be empty. The colour must have passed `check_accent`."""
    colours = DEFAULT
    if HEX_COLOUR.fullmatch(accent):
        light = accent.lower()
        colours = light, lighten(light), light, darken(light, (ON_ACCENT,), DARK_CONTRAST)
    css = CSS.format(**dict(zip(("light", "dark", "surface", "dark_surface"), colours, strict=True)))
    css = css if colours is not DEFAULT else ""
    if typeface in TYPEFACES:
        css += f"@layer base{{html{{font-family:{TYPEFACES[typeface]}}}}}"
    return Theme(*colours, css=css)


def check_accent(colour: str):
    """Raise ValidationError, with a colour that passes, for one that is too light to be read."""
    if not HEX_COLOUR.fullmatch(colour):
        raise ValidationError(
            "Write a colour such as #7d1835: a # and six digits or letters from a to f.", code="colour"
        )
    others = (*LIGHT_SURFACES, ON_ACCENT)
    ratio = min(measure_contrast(colour, other) for other in others)
    if ratio < TEXT_CONTRAST:
        raise ValidationError(
            f"{colour} is too light to be read: its contrast is {int(ratio * 100) / 100}, and {TEXT_CONTRAST} is "
            f"needed. The nearest colour that passes is {darken(colour, others, TEXT_CONTRAST)}.",
            code="contrast",
        )


def measure_contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, from 1 to 21, as WCAG 2.2 defines it."""
    darker, lighter = sorted((measure_luminance(one), measure_luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def measure_luminance(colour: str) -> float:
    shares = [channel / 255 for channel in to_channels(colour)]
    red, green, blue = (share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def to_channels(colour):
    return [int(colour[start : start + 2], 16) for start in (1, 3, 5)]


def mix(colour, other, share):
    channels = zip(to_channels(colour), to_channels(other), strict=True)
    return "#" + "".join(f"{round(one + (two - one) * share):02x}" for one, two in channels)


def darken(colour, others, contrast):
    """Return the first colour on the way to black that has `contrast` with all `others`."""
    return find_on_the_way(colour, "#000000", others, contrast)


def lighten(colour):
    return find_on_the_way(colour, "#ffffff", DARK_SURFACES, DARK_CONTRAST)


def find_on_the_way(colour, end, others, contrast):
    for step in range(STEPS + 1):
        mixed = mix(colour, end, step / STEPS)
        if min(measure_contrast(mixed, other) for other in others) >= contrast:
            return mixed
    return end
