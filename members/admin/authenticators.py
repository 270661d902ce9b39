"""Second factors in the admin, where a superuser deletes those that somebody has lost. Their secrets are not shown."""

from allauth.mfa.models import Authenticator

from bookclub.admin_base.base import ClubModelAdmin


class AuthenticatorAdmin(ClubModelAdmin):
    """Registered by bookclub.apps in place of allauth's, which shows all fields and lets them be changed."""

    list_display = ["user", "type", "created_at", "last_used_at"]
    list_select_related = ["user"]
    list_filter = ["type"]
    fields = ["user", "type", "created_at", "last_used_at"]

    def get_deleted_objects(self, objs, request):
        """Say whose each one is: the name of the row tells its type alone."""
        _, counts, forbidden, protected = super().get_deleted_objects(objs, request)
        words = [f"{each.get_type_display()} of {each.user} ({each.user.email})" for each in objs]
        return words, counts, forbidden, protected

    def delete_model(self, request, obj):
        super().delete_model(request, obj)
        delete_unusable_recovery_codes([obj.user_id])

    def delete_queryset(self, request, queryset):
        owners = list(queryset.values_list("user_id", flat=True))
        super().delete_queryset(request, queryset)
        delete_unusable_recovery_codes(owners)

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False


def delete_unusable_recovery_codes(owners):
    """Delete recovery codes of those who have no other factor: they would work again after the next factor is set up."""
    codes = Authenticator.Type.RECOVERY_CODES
    with_factor = Authenticator.objects.exclude(type=codes).values("user")
    Authenticator.objects.filter(user__in=owners, type=codes).exclude(user__in=with_factor).delete()
