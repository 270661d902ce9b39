"""A changed address goes on working: whoever asks for the old one is sent to the new one, for good."""

from django.apps import apps
from django.db import models, transaction
from django.http import HttpResponsePermanentRedirect


class OldAddressQuerySet(models.QuerySet):
    def of(self, thing):
        return self.filter(model=thing._meta.label_lower, key=thing.pk)

    def keep(self, path, thing):
        """`path` leads to `thing` from now on."""
        self.update_or_create(path=path, defaults={"model": thing._meta.label_lower, "key": thing.pk})

    def hand_over(self, old, new):
        """All that led to `old`, its present address too, leads to `new` from now on."""
        self.of(old).update(key=new.pk)
        self.keep(old.get_absolute_url(), new)


class OldAddress(models.Model):
    """An address that something had before. Whatever stands there now comes first: this is asked on a 404 alone."""

    path = models.CharField(max_length=200, unique=True)
    model = models.CharField(max_length=60)
    key = models.PositiveBigIntegerField()

    objects = OldAddressQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "old addresses"
        indexes = [models.Index(fields=["model", "key"], name="old_address_by_owner")]

    def __str__(self):
        return self.path

    def address_for(self, user):
        """Where it stands today, or None where `user` may not see it or it is gone."""
        things = apps.get_model(self.model).objects.visible_to(user)
        thing = things.filter(pk=self.key).first()
        return thing and thing.get_absolute_url()


class Addressed(models.Model):
    """Has a page whose address ends in its slug, and keeps the addresses that it had. Costs a save two queries."""

    class Meta:
        abstract = True

    def save(self, *args, **options):
        fields = options.get("update_fields")
        if fields is not None and "slug" not in fields:
            super().save(*args, **options)
            return
        with transaction.atomic():
            before = self._stored_slug()
            super().save(*args, **options)
            if before != self.slug:
                self._move_from(before)

    def _stored_slug(self):
        """None for what is new."""
        rows = type(self).objects.select_for_update().filter(pk=self.pk)
        return rows.values_list("slug", flat=True).first() if self.pk else None

    def _move_from(self, slug):
        OldAddress.objects.filter(path=self.get_absolute_url()).delete()
        if slug:
            OldAddress.objects.keep(type(self)(slug=slug).get_absolute_url(), self)


def old_addresses(get_response):
    """Turns a 404 into a permanent redirect where the address, or the page that it is a part of, has moved.

    One query more for a 404 that has the form of such an address, two where it has moved; none for any other page.
    """

    def middleware(request):
        response = get_response(request)
        moved = response.status_code == 404 and request.method in {"GET", "HEAD"} and new_address(request)
        return HttpResponsePermanentRedirect(moved) if moved else response

    return middleware


def new_address(request):
    """Where the asked page is now, with what followed it in the address; None where nothing has moved."""
    if "slug" not in (request.resolver_match.kwargs if request.resolver_match else ()):
        return None
    slug = request.resolver_match.kwargs["slug"]
    head, found, rest = request.path.partition(f"/{slug}/")
    old = OldAddress.objects.filter(path=f"{head}{found}").first()
    address = old and old.address_for(request.user)
    if not address or address == old.path:
        return None
    query = request.META.get("QUERY_STRING")
    return f"{address}{rest}{'?' if query else ''}{query or ''}"
