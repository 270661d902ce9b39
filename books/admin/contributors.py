"""Contributors inline of a book: each row chooses a contributor or names a new one."""

from django import forms
from django.core.exceptions import ValidationError

from bookclub.admin_base.forms import ClubModelForm
from books.models import Contribution, Contributor

NOBODY = "Choose somebody, or write a name."
BOTH = "Choose somebody or write a name, not both."
TWICE = "Somebody is named twice in one role: take one of the two out."


class ContributionForm(ClubModelForm):
    new_name = forms.CharField(
        label="or a new name", required=False, max_length=160, widget=forms.TextInput({"size": 24})
    )

    class Meta:
        model = Contribution
        fields = ["position", "role", "contributor"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["contributor"].required = False

    def clean(self):
        data = super().clean()
        chosen, written = data.get("contributor"), data.get("new_name")
        if bool(chosen) == bool(written) and "contributor" not in self.errors:
            self.add_error("contributor", ValidationError(BOTH if chosen else NOBODY, code="who"))
        return data

    def save(self, commit=True):
        if name := self.cleaned_data["new_name"]:
            self.instance.contributor = find_contributor(name) or Contributor.objects.create(name=name)
        return super().save(commit)

    @property
    def who(self):
        """(contributor pk or new name, role): must be unique among the rows."""
        data = self.cleaned_data
        name = data.get("new_name", "")
        person = data.get("contributor") or find_contributor(name)
        return person.pk if person else name.casefold(), data.get("role")


class ContributionFormSet(forms.BaseInlineFormSet):
    def clean(self):
        """Reject repeated rows: a typed name may belong to a contributor chosen in another row."""
        super().clean()
        named = set()
        for form in self.forms:
            if not form.is_valid() or not form.cleaned_data or self._should_delete_form(form):
                continue
            if form.who in named:
                raise ValidationError(TWICE, code="twice")
            named.add(form.who)


def find_contributor(name):
    """Return the contributor of this name, or None."""
    return Contributor.objects.filter(name__iexact=name).order_by("pk").first() if name else None
