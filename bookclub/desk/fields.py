from django import forms
from django.contrib.admin.widgets import AdminFileWidget, AdminTextareaWidget


class TypedText(forms.CharField):
    """Text with the line ends that its author saw: browsers send two characters for each."""

    def to_python(self, value):
        return super().to_python(value).replace("\r\n", "\n")


class OneParagraph(forms.CharField):
    """A sentence or two, seen whole while they are typed; the line ends of a pasted text become spaces."""

    def __init__(self, **options):
        attrs = {"class": "vLargeTextField typed short", "rows": 2}
        super().__init__(**options | {"widget": TypedTextarea(attrs)})

    def to_python(self, value):
        return " ".join(super().to_python(value).splitlines())


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


class PictureWidget(AdminFileWidget):
    template_name = "admin/widgets/picture.html"
