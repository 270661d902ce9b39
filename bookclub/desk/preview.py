"""What typed text will look like: by the one renderer, for the text that is in the form, with nothing stored."""

from django.core.exceptions import BadRequest, PermissionDenied, ValidationError
from django.template.response import TemplateResponse
from django.views.decorators.http import require_POST

from bookclub.fields import RenderedField
from bookclub.markdown import RENDERINGS


@require_POST
def preview(request, desk):
    """The posted field that `preview` names, as in “prose:body”. As a page of its own or, for the script, as words."""
    if not may_write(request, desk):
        raise PermissionDenied
    rendering, _, name = request.POST.get("preview", "").partition(":")
    if rendering not in RENDERINGS:
        raise BadRequest("There is no such rendering.")
    text = request.POST.get(name, "").replace("\r\n", "\n")
    template = "admin/preview/_words.html" if "words" in request.POST else "admin/preview/page.html"
    context = desk.each_context(request) | {"title": "Preview"} | rendered(text, rendering)
    return TemplateResponse(request, template, context)


def rendered(text, rendering):
    """`html`, or in `problems` why there is none."""
    try:
        return {"html": RENDERINGS[rendering](text)}
    except ValidationError as error:
        return {"problems": error.messages}


def may_write(request, desk):
    models = [model for app in desk.get_app_list(request) for model in app["models"]]
    return any(model["perms"]["add"] or model["perms"]["change"] for model in models)


def rendering_of(field):
    """How the page renders a model's typed `field`: a key of RENDERINGS, or nothing where it is not rendered."""
    made_of_it = [
        each for each in field.model._meta.fields if isinstance(each, RenderedField) and each.source == field.name
    ]
    return made_of_it[0].rendering if made_of_it else ""
