import pytest
from django.core.exceptions import ValidationError

from members.name_field import NameField


@pytest.mark.parametrize(
    "name", ["Nick", "Zoë O’Brien-Smith", "Łukasz de la Cruz", "X Æ A-12", "علی‌رضا", "李小龙", "Dr. No 💫"]
)
def test_name_field_keeps_typed_text(name):
    assert NameField().clean(f" {name} ") == name


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("", "What shall we call you?"),
        ("   ", "What shall we call you?"),
        ("N" * 300, "Write your name in 120 characters or fewer."),
        ("Nick\nBcc: all@example.org", "There is something in this name that nobody can see. Type it again."),
        ("Nick\u202egro.elpmaxe", "There is something in this name that nobody can see. Type it again."),
        ("Nick\u2066", "There is something in this name that nobody can see. Type it again."),
        ("\u200b\u200b", "There is something in this name that nobody can see. Type it again."),
        ("Nick\x07", "There is something in this name that nobody can see. Type it again."),
        ("Nick\ud800", "There is something in this name that nobody can see. Type it again."),
        ("...", "Write your name in letters."),
        ("\u200d", "Write your name in letters."),
    ],
)
def test_name_field_refuses_invalid_names(name, message):
    with pytest.raises(ValidationError) as refusal:
        NameField().clean(name)

    assert refusal.value.messages == [message]
