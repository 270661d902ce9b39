"""What the pages of a letter at the desk share: who may open them, and how one is put together."""

from django.core.exceptions import PermissionDenied
from django.template.response import TemplateResponse

from newsletter.letter import put_together


class LetterDesk:
    """For the ModelAdmin of issues."""

    def sendable(self, request, pk):
        self.check_may_send(request)
        issue = self.get_object(request, str(pk))
        if issue is None:
            raise PermissionDenied
        return issue

    def check_may_send(self, request):
        if not request.user.has_perm("newsletter.send_issue"):
            raise PermissionDenied

    def shown(self, request, name, title, **context):
        """The page `name` of the desk, with what each of its pages needs."""
        whole = self.admin_site.each_context(request) | {"title": title, "opts": self.opts} | context
        return TemplateResponse(request, f"admin/newsletter/issue/{name}.html", whole)


def as_it_stands(issue):
    """As it was sent or, before that, as it would be sent now."""
    return issue.letter if issue.frozen_at else put_together(issue)
