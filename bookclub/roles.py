"""Roles are groups whose permissions are set in migrations: `bookclub.0002_add_roles`, then each that adds a model.

    operations = [
        grant_permissions(ORGANISER, {"books.quote": ALL}),
        grant_permissions(AUTHOR, {"books.quote": ("view", "add")}),
    ]

A role grants permissions per model; `bookclub.admin_base.object_permissions` restricts authors to their own rows.
"""

from django.db import migrations

ORGANISER = "Organiser"
AUTHOR = "Author"
ALL = ("view", "add", "change", "delete")


def grant_permissions(role, permissions):
    """Return a migration operation that gives the group `role` permissions: {model label: actions}.

    Creates missing groups and permissions, as Django creates permissions only after the last migration. The migration
    must depend on those that create the models, and on the latest ones of `auth` and `contenttypes`.
    """

    def give(apps, schema_editor):
        rows = Rows(apps, schema_editor.connection.alias)
        group, _ = rows.groups.get_or_create(name=role)
        group.permissions.add(*rows.permissions_for(permissions))

    def take(apps, schema_editor):
        rows = Rows(apps, schema_editor.connection.alias)
        for group in rows.groups.filter(name=role):  # none if an operator has deleted it
            group.permissions.remove(*rows.permissions_for(permissions))
            if not group.permissions.exists():
                group.delete()

    return migrations.RunPython(give, take)


class Rows:
    """The models behind roles, in the state of this migration."""

    def __init__(self, apps, alias):
        self.apps = apps
        self.groups, self.permissions, self.types = (
            apps.get_model(label).objects.using(alias)
            for label in ("auth.Group", "auth.Permission", "contenttypes.ContentType")
        )

    def permissions_for(self, wanted):
        return [self.permission(label, action) for label, actions in wanted.items() for action in actions]

    def permission(self, label, action):
        """Return the permission; `action` is one of ALL or the codename of a custom permission of the model."""
        opts = self.apps.get_model(label)._meta
        codename, name = action, dict(opts.permissions).get(action)
        if action in ALL:
            codename, name = f"{action}_{opts.model_name}", f"Can {action} {opts.verbose_name_raw}"
        kind, _ = self.types.get_or_create(app_label=opts.app_label, model=opts.model_name)
        return self.permissions.get_or_create(content_type=kind, codename=codename, defaults={"name": name})[0]
