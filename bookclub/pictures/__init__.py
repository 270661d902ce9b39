"""Pictures that people upload: checked by their head, and only their bare pixels kept, upright, in fixed widths.

What a camera adds (place, maker, name) and what else a file may carry is gone, whatever form the upload came through,
because the field does it. A stored name says which files there are: “photos/0123456789abcdef-960.webp” is the widest
of them, the narrower ones and a JPEG of each lie beside it. A name without a width is one file alone.
"""

from bookclub.pictures.checking import check
from bookclub.pictures.fields import Pictured, PictureField, PictureUpload
from bookclub.pictures.pixels import Bare, bare
from bookclub.pictures.words import AltField

__all__ = ["AltField", "Bare", "PictureField", "PictureUpload", "Pictured", "bare", "check"]
