"""The world of the access table holds a mark in every text of every model, and rows in every state."""

from bookclub.core.visibility import PublishableModel
from bookclub.roles import AUTHOR, ORGANISER
from tests.access.field_audiences import FIELDS, Audience, all_models, audience_of, is_version, text_fields
from tests.access.making import make_world
from tests.access.marks import find_marks


def test_every_text_field_has_an_audience():
    fields = {
        model._meta.label: {field.name for field in text_fields(model)}
        for model in all_models()
        if not is_version(model) and text_fields(model)
    }

    assert {label: set(" ".join(names.values()).split()) for label, names in FIELDS.items()} == fields


def test_world_has_marks_in_all_texts_and_rows_in_every_state(db):
    make_world()
    texts = {
        f"{model._meta.label}.{field.name}": texts_of(model, field)
        for model in all_models()
        for field in text_fields(model)
        if audience_of(model, field.name) is not Audience.FIXED
    }

    assert [name for name, found in texts.items() if not any(map(find_marks, found))] == []
    assert {name: found for name, found in texts.items() if not all(map(find_marks, found))} == {}
    assert missing_states() == set()


def missing_states():
    """Return the states, as (model, state, audience), of which publishable models have no row."""
    states = [("draft", "public"), ("scheduled", "public"), ("published", "members"), ("published", "public")]
    models = [model for model in all_models() if issubclass(model, PublishableModel)]
    found = {(model.__name__, row.state, row.audience) for model in models for row in model.objects.all()}
    return {(model.__name__, *state) for model in models for state in states} - found


def texts_of(model, field):
    """Return the texts of the field, those of sessions decoded."""
    if model._meta.label == "sessions.Session":
        return [str(row.get_decoded()) for row in model.objects.all()]
    values = model.objects.values_list(field.name, flat=True)
    return [str(value) for value in values if value not in ("", None, {}, ORGANISER, AUTHOR)]
