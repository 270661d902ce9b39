from django import template

from newsletter.models import Subscriber

register = template.Library()


@register.inclusion_tag("newsletter/_subscription_panel.html")
def subscription_panel(member, club):
    """Render the newsletter part of a member's own page. One query."""
    return {"member": member, "club": club, "subscriber": Subscriber.objects.with_address(member.email).first()}
