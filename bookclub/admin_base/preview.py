"""Preview of typed Markdown, without saving."""

from django.core.exceptions import BadRequest, PermissionDenied, ValidationError
from django.template.response import TemplateResponse
from django.views.decorators.http import require_POST

from bookclub.core.markdown import RENDERINGS


@require_POST
def preview(request, admin_site):
    """Render a posted field; `preview` is "RENDERING:FIELD". Return a page, or a fragment for the script."""
    if not may_write(request, admin_site):
        raise PermissionDenied
    rendering, _, name = request.POST.get("preview", "").partition(":")
    if rendering not in RENDERINGS:
        raise BadRequest("There is no such rendering.")
    text = request.POST.get(name, "").replace("\r\n", "\n")
    template = "admin/preview/_words.html" if "words" in request.POST else "admin/preview/page.html"
    context = admin_site.each_context(request) | {"title": "Preview"} | render_text(text, rendering)
    return TemplateResponse(request, template, context)


def render_text(text, rendering):
    """Return {"html": …}, or {"problems": …} if the text can't be rendered."""
    try:
        return {"html": RENDERINGS[rendering](text)}
    except ValidationError as error:
        return {"problems": error.messages}


def may_write(request, admin_site):
    models = [model for app in admin_site.get_app_list(request) for model in app["models"]]
    return any(model["perms"]["add"] or model["perms"]["change"] for model in models)
