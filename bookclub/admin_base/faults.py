"""What is wrong in a refused form, each with a link to its field."""

from dataclasses import dataclass

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.forms import CheckboxSelectMultiple, MultiValueField, RadioSelect
from django.utils.text import capfirst


@dataclass
class Fault:
    anchor: str  # the id of an element
    label: str
    message: str


def list_faults(form, formsets):
    """Return the Faults in the order of the page. The template of Django shows those of the whole form itself."""
    faults = [fault for fault in list_form_faults(form) if fault.label]
    for formset in formsets:
        noun = capfirst(formset.model._meta.verbose_name)
        faults += [Fault(f"{formset.prefix}-group", "", message) for message in formset.non_form_errors()]
        for number, row in enumerate(formset.forms, 1):
            if row not in formset.deleted_forms:
                faults += list_form_faults(row, f"{noun} {number}")
    return faults


def list_form_faults(form, noun=""):
    return [
        Fault(
            form.prefix or "" if name == NON_FIELD_ERRORS else find_anchor(form[name]),
            noun if name == NON_FIELD_ERRORS else f"{noun}: {form[name].label}" if noun else form[name].label,
            message,
        )
        for name, messages in form.errors.items()
        for message in messages
    ]


def find_anchor(bound_field):
    """Return the id of the input that gets the focus: of the first wrong one, where a field has several."""
    field, key = bound_field.field, bound_field.auto_id
    if isinstance(field.widget, (CheckboxSelectMultiple, RadioSelect)):
        return f"{key}_0"
    if isinstance(field, MultiValueField):
        return f"{key}_{find_wrong_part(field, bound_field.data)}"
    return key


def find_wrong_part(field, values):
    for number, (part, value) in enumerate(zip(field.fields, values or [], strict=False)):
        try:
            if part.to_python(value) is None:
                return number
        except ValidationError:
            return number
    return 0
