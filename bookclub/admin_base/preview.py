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
    rendering = request.POST.get("preview", "").partition(":")[0]
    if rendering not in RENDERINGS:
        raise BadRequest("There is no such rendering.")
    return render_preview(request, admin_site, render_text(read_text(request), rendering))


def read_text(request):
    """Return the text of the posted field that `preview` names."""
    name = request.POST.get("preview", "").partition(":")[2]
    return request.POST.get(name, "").replace("\r\n", "\n")


def render_text(text, rendering):
    """Return {"html": …}, or {"problems": …} if the text can't be rendered."""
    try:
        return {"html": RENDERINGS[rendering](text)}
    except ValidationError as error:
        return {"problems": error.messages}


def render_preview(request, admin_site, rendered):
    """Return the result of `render_text` as a page, or as a fragment for the script."""
    template = "admin/preview/_words.html" if "words" in request.POST else "admin/preview/page.html"
    context = admin_site.each_context(request) | {"title": "Preview"} | rendered
    return TemplateResponse(request, template, context)


def may_write(request, admin_site):
    models = [model for app in admin_site.get_app_list(request) for model in app["models"]]
    return any(model["perms"]["add"] or model["perms"]["change"] for model in models)
