"""Roles are groups, and migrations say what they may do: `bookclub.0002_add_roles`, then each that adds a model.

    operations = [..., permit(ORGANISER, {"books.quote": ALL}), permit(AUTHOR, {"books.quote": ("view", "add")})]

A role says what its members may do at all; which rows an author reaches there,
`bookclub.admin_base.object_permissions` says.
"""

from django.db import migrations

ORGANISER = "Organiser"
AUTHOR = "Author"
ALL = ("view", "add", "change", "delete")


def grant_permissions(role, permissions):
    """A migration's operation that gives the group `role` what it may do with each model, by the model's label.

    Makes the group and the permissions where they are not there yet: Django makes its own after the last migration,
    which is too late. Its migration depends on those that make the models, and on the newest of `auth` and
    `contenttypes`.
    """

    def give(apps, schema_editor):
        rows = Rows(apps, schema_editor.connection.alias)
        group, _ = rows.groups.get_or_create(name=role)
        group.permissions.add(*rows.permissions_for(permissions))

    def take(apps, schema_editor):
        rows = Rows(apps, schema_editor.connection.alias)
        for group in rows.groups.filter(name=role):  # none, where an operator has done without it
            group.permissions.remove(*rows.permissions_for(permissions))
            if not group.permissions.exists():
                group.delete()

    return migrations.RunPython(give, take)


class Rows:
    """The tables behind roles, as they are at this point of the migrations."""

    def __init__(self, apps, alias):
        self.apps = apps
        self.groups, self.permissions, self.types = (
            apps.get_model(label).objects.using(alias)
            for label in ("auth.Group", "auth.Permission", "contenttypes.ContentType")
        )

    def permissions_for(self, wanted):
        return [self.permission(label, action) for label, actions in wanted.items() for action in actions]

    def permission(self, label, action):
        """`action` is one of ALL, or the codename of one that the model has of its own."""
        opts = self.apps.get_model(label)._meta
        codename, name = action, dict(opts.permissions).get(action)
        if action in ALL:
            codename, name = f"{action}_{opts.model_name}", f"Can {action} {opts.verbose_name_raw}"
        kind, _ = self.types.get_or_create(app_label=opts.app_label, model=opts.model_name)
        return self.permissions.get_or_create(content_type=kind, codename=codename, defaults={"name": name})[0]
