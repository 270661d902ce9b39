"""Second factors in the admin, where a superuser deletes those that somebody has lost. Their secrets are not shown."""

from bookclub.admin_base.base import ClubModelAdmin


class AuthenticatorAdmin(ClubModelAdmin):
    """Registered by bookclub.apps in place of allauth's, which shows all fields and lets them be changed."""

    list_display = ["user", "type", "created_at", "last_used_at"]
    list_select_related = ["user"]
    list_filter = ["type"]
    fields = ["user", "type", "created_at", "last_used_at"]

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False
