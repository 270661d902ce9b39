"""Permanent redirects from the URLs that pages had before their slugs changed."""

import re

from django.apps import apps
from django.db import models, transaction
from django.http import HttpResponsePermanentRedirect


class RedirectQuerySet(models.QuerySet):
    def to_target(self, target):
        return self.filter(target_model=target._meta.label_lower, target_pk=target.pk)

    def add(self, path, target):
        self.update_or_create(path=path, defaults={"target_model": target._meta.label_lower, "target_pk": target.pk})

    def retarget(self, old, new):
        """Redirect `old`'s former URLs and its present URL to `new`."""
        self.to_target(old).update(target_pk=new.pk)
        self.add(old.get_absolute_url(), new)


class Redirect(models.Model):
    """A former URL of a page. Used only after a 404, so a page that has this URL now takes precedence."""

    path = models.CharField(max_length=200, unique=True)
    target_model = models.CharField(max_length=60)
    target_pk = models.PositiveBigIntegerField()

    objects = RedirectQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["target_model", "target_pk"], name="redirect_by_target")]

    def __str__(self):
        return self.path

    def url_for(self, user):
        """Return the target's present URL, or None if it was deleted or `user` may not see it."""
        targets = apps.get_model(self.target_model).objects.visible_to(user)
        target = targets.filter(pk=self.target_pk).first()
        return target and target.get_absolute_url()


class RedirectingModel(models.Model):
    """A model whose page URL ends in its slug; stores a redirect from each former URL. Two more queries per save."""

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
                self._redirect_from(before)

    def _stored_slug(self):
        """Return the slug in the database, locked; None for a new row."""
        rows = type(self).objects.select_for_update().filter(pk=self.pk)
        return rows.values_list("slug", flat=True).first() if self.pk else None

    def _redirect_from(self, slug):
        Redirect.objects.filter(path=self.get_absolute_url()).delete()
        if slug:
            Redirect.objects.add(type(self)(slug=slug).get_absolute_url(), self)


def redirect_middleware(get_response):
    """Turn a 404 into a permanent redirect if the page, or its parent page, has a new URL.

    One more query for a 404 of a URL with a slug, two if it is redirected; none for other responses.
    """

    def middleware(request):
        response = get_response(request)
        is_missing = response.status_code == 404 and request.method in {"GET", "HEAD"}
        url = find_redirect(request) if is_missing else None
        return HttpResponsePermanentRedirect(url) if url else response

    return middleware


def find_redirect(request):
    """Return the page's present URL with the rest of the path and the query, or None without a redirect."""
    slug = request.resolver_match and request.resolver_match.kwargs.get("slug")
    if not slug:
        return None
    # The slug may occur in the path twice, as in /books/books/.
    paths = [request.path[: found.end()] for found in re.finditer(rf"(?<=/){re.escape(slug)}/", request.path)]
    redirect = Redirect.objects.filter(path__in=paths).first()
    url = redirect and redirect.url_for(request.user)
    if not url or url == redirect.path:
        return None
    query = request.META.get("QUERY_STRING")
    return f"{url}{request.path.removeprefix(redirect.path)}{'?' if query else ''}{query or ''}"
