from django import forms
from django.contrib.admin.widgets import AdminFileWidget, AdminTextareaWidget

from bookclub.pictures import PictureUpload


class TypedText(forms.CharField):
    """Text with the line ends that its author saw: browsers send two characters for each."""

    def to_python(self, value):
        return super().to_python(value).replace("\r\n", "\n")


class TypedTextarea(AdminTextareaWidget):
    """With a button that shows what the text will look like, where `rendering` says how it is rendered."""

    template_name = "admin/widgets/typed.html"
    rendering = ""

    class Media:
        js = ["js/preview.js"]

    def __init__(self, attrs=None):
        super().__init__({"class": "vLargeTextField typed", "rows": 4} | (attrs or {}))

    def get_context(self, name, value, attrs):
        return super().get_context(name, value, attrs) | {"rendering": self.rendering}


class Picture(PictureUpload):
    def widget_attrs(self, widget):
        # Written out: Pillow knows the types by name only once it has opened a picture.
        return {"accept": "image/jpeg,image/png,image/webp"}


class PictureWidget(AdminFileWidget):
    template_name = "admin/widgets/picture.html"
