from django import forms
from django.db import models, router, transaction
from django.db.models.fields.files import ImageFieldFile
from django.db.models.signals import post_delete

from bookclub.images import files
from bookclub.images.processing import DEFAULT_WIDTH, normalize_image
from bookclub.images.validation import ACCEPTED


class ImageUploadField(forms.ImageField):
    """The form field of a ResponsiveImageField: an invalid image is a message beside the field."""

    default_validators = []

    def __init__(self, *args, max_width=DEFAULT_WIDTH, **options):
        self.max_width = max_width
        super().__init__(*args, **options)

    def to_python(self, data):
        file = forms.FileField.to_python(self, data)
        return file and normalize_image(file, self.max_width)

    def widget_attrs(self, widget):
        return super().widget_attrs(widget) | {"accept": ACCEPTED}  # phones then convert other formats


class ResponsiveImageFile(ImageFieldFile):
    """The stored image in its widths, for templates."""

    @property
    def widths(self):
        return files.stored_widths(self.name, self.field.widths) if self else []

    @property
    def webp_srcset(self):
        return self._srcset("webp")

    @property
    def jpeg_srcset(self):
        return self._srcset("jpg")

    @property
    def fallback_url(self):
        """Return a JPEG of middle width, for <img src>; the file itself where it is a single one."""
        widths = self.widths
        return self._url(widths[len(widths) // 2], "jpg") if widths else self.url

    @property
    def small_url(self):
        """Return the narrowest WebP, for lists."""
        widths = self.widths
        return self._url(widths[0], "webp") if widths else self.url

    def delete_all_files(self):
        files.delete_files(self.storage, files.stored_names(self.name, self.field.widths))

    def _srcset(self, extension):
        return ", ".join(f"{self._url(width, extension)} {width}w" for width in self.widths)

    def _url(self, width, extension):
        return self.storage.url(files.variant_name(self.name, width, extension))


class ResponsiveImageField(models.ImageField):
    """An ImageField that stores normalized pixels in `widths` under a random name, and deletes them with the row.

    Changing `widths` does not change stored images: store them again.
    """

    attr_class = ResponsiveImageFile

    def __init__(self, *args, widths=(DEFAULT_WIDTH,), **options):
        self.widths = widths
        super().__init__(*args, **options)

    def formfield(self, **options):
        return super().formfield(**{"form_class": ImageUploadField, "max_width": self.widths[-1]} | options)

    def contribute_to_class(self, cls, name, **options):
        super().contribute_to_class(cls, name, **options)
        if not cls._meta.abstract:
            # Only this signal covers every way of deleting: by cascade, by queryset, by instance.
            post_delete.connect(self.delete_files_of_row, sender=cls)

    def clean(self, value, model_instance):
        """Decode the whole of a new file, so that a damaged one is a form error and not an exception on saving."""
        value = super().clean(value, model_instance)
        if value and not value._committed:
            value.file = normalize_image(value.file, self.widths[-1])
        return value

    def pre_save(self, model_instance, add):
        image = getattr(model_instance, self.attname)
        if not add:
            self._delete_replaced(model_instance, image)
        if image and not image._committed:
            normalized = normalize_image(image.file, self.widths[-1])
            name = self.generate_filename(model_instance, files.random_name(normalized.pixels.width))
            files.store_files(image.storage, name, normalized, self.widths)
            setattr(model_instance, self.attname, name)
        return getattr(model_instance, self.attname)

    def _delete_replaced(self, row, image):
        stored = type(row).objects.filter(pk=row.pk).values_list(self.attname, flat=True).first()
        if stored and not (image and image._committed and image.name == stored):
            self._delete_on_commit(row, stored)

    def delete_files_of_row(self, instance, **signal):
        name = getattr(instance, self.attname).name
        if name:
            self._delete_on_commit(instance, name)

    def _delete_on_commit(self, row, name):
        """Delete the files on commit, unless another row uses them by then, as after merging two books."""
        rows = type(row).objects.filter(**{self.attname: name})
        image = self.attr_class(None, self, name)
        transaction.on_commit(lambda: rows.exists() or image.delete_all_files(), robust=True)


class WithImage(models.Model):
    """A model with image fields. Saves in a transaction, so that a row that fails leaves no files behind."""

    class Meta:
        abstract = True

    def save(self, *args, **options):
        with transaction.atomic(using=options.get("using") or router.db_for_write(type(self), instance=self)):
            super().save(*args, **options)
