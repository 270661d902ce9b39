from django import forms
from django.contrib.admin.widgets import AdminFileWidget, AdminTextareaWidget

from bookclub import pictures


class TypedText(forms.CharField):
    """Text with the line ends that its author saw: browsers send two characters for each."""

    def to_python(self, value):
        return super().to_python(value).replace("\r\n", "\n")


class TypedTextarea(AdminTextareaWidget):
    def __init__(self, attrs=None):
        super().__init__({"class": "vLargeTextField typed", "rows": 4} | (attrs or {}))


class Picture(forms.ImageField):
    """A picture that is known to be whole before anything is saved: damage is a message beside the field."""

    def to_python(self, data):
        file = super().to_python(data)
        if file:
            pictures.bare(file)
            file.seek(0)
        return file


class PictureWidget(AdminFileWidget):
    template_name = "admin/widgets/picture.html"

    def __init__(self, attrs=None):
        super().__init__({"accept": "image/jpeg,image/png,image/webp"} | (attrs or {}))
