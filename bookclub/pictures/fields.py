from django import forms
from django.db import models, router, transaction
from django.db.models.fields.files import ImageFieldFile
from django.db.models.signals import post_delete

from bookclub.pictures import files
from bookclub.pictures.checking import ACCEPTED
from bookclub.pictures.pixels import WIDEST, bare


class PictureUpload(forms.ImageField):
    """The form's side of a PictureField: what is wrong with a picture is a message beside the field."""

    default_validators = []

    def __init__(self, *args, widest=WIDEST, **options):
        self.widest = widest
        super().__init__(*args, **options)

    def to_python(self, data):
        file = forms.FileField.to_python(self, data)
        return file and bare(file, self.widest)

    def widget_attrs(self, widget):
        return super().widget_attrs(widget) | {"accept": ACCEPTED}  # telephones then convert what they have


class StoredPicture(ImageFieldFile):
    """A picture in its widths, for templates."""

    @property
    def widths(self):
        return files.widths_of(self.name, self.field.widths) if self else []

    @property
    def webp_srcset(self):
        return self._srcset("webp")

    @property
    def jpeg_srcset(self):
        return self._srcset("jpg")

    @property
    def fallback_url(self):
        """One JPEG for whoever knows no widths: of the middle ones; the file itself where it is one alone."""
        widths = self.widths
        return self._url(widths[len(widths) // 2], "jpg") if widths else self.url

    @property
    def small_url(self):
        """The narrowest WebP, for a list."""
        widths = self.widths
        return self._url(widths[0], "webp") if widths else self.url

    def delete_with_siblings(self):
        files.delete(self.storage, files.names_of(self.name, self.field.widths))

    def _srcset(self, ending):
        return ", ".join(f"{self._url(width, ending)} {width}w" for width in self.widths)

    def _url(self, width, ending):
        return self.storage.url(files.sibling(self.name, width, ending))


class PictureField(models.ImageField):
    """An ImageField whose new files are kept as `bare` pixels in `widths` under a random name, and go with their row.

    What is stored has its widths from the time it was stored; to change them is to store the old pictures anew.
    """

    attr_class = StoredPicture

    def __init__(self, *args, widths=(WIDEST,), **options):
        self.widths = widths
        super().__init__(*args, **options)

    def formfield(self, **options):
        return super().formfield(**{"form_class": PictureUpload, "widest": self.widths[-1]} | options)

    def contribute_to_class(self, cls, name, **options):
        super().contribute_to_class(cls, name, **options)
        if not cls._meta.abstract:
            # Rows go in many ways, with a write-up or in a list; Django tells of each by this signal alone.
            post_delete.connect(self.forget, sender=cls)

    def clean(self, value, model_instance):
        """Decodes the whole of a new file, so that a damaged one is a message and not an error on saving."""
        value = super().clean(value, model_instance)
        if value and not value._committed:
            value.file = bare(value.file, self.widths[-1])
        return value

    def pre_save(self, model_instance, add):
        picture = getattr(model_instance, self.attname)
        if not add:
            self._forget_replaced(model_instance, picture)
        if picture and not picture._committed:
            new = bare(picture.file, self.widths[-1])
            name = self.generate_filename(model_instance, files.new_name(new.pixels.width))
            files.store(picture.storage, name, new, self.widths)
            setattr(model_instance, self.attname, name)
        return getattr(model_instance, self.attname)

    def _forget_replaced(self, row, picture):
        stored = type(row).objects.filter(pk=row.pk).values_list(self.attname, flat=True).first()
        if stored and not (picture and picture._committed and picture.name == stored):
            self._delete_on_commit(row, stored)

    def forget(self, instance, **signal):
        name = getattr(instance, self.attname).name
        if name:
            self._delete_on_commit(instance, name)

    def _delete_on_commit(self, row, name):
        """Unless another row has taken the picture over by then, as when two books become one."""
        rows = type(row).objects.filter(**{self.attname: name})
        picture = self.attr_class(None, self, name)
        transaction.on_commit(lambda: rows.exists() or picture.delete_with_siblings(), robust=True)


class Pictured(models.Model):
    """With pictures: they are written before the row, and in the same transaction, so that both stay or neither."""

    class Meta:
        abstract = True

    def save(self, *args, **options):
        with transaction.atomic(using=options.get("using") or router.db_for_write(type(self), instance=self)):
            super().save(*args, **options)
