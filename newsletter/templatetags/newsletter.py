from django import template

from newsletter.models import Subscriber

register = template.Library()


@register.inclusion_tag("newsletter/_subscription_panel.html")
def subscription_panel(member, club):
    """The part of a member's own page about the letter. One query."""
    return {"member": member, "club": club, "subscriber": Subscriber.objects.with_address(member.email).first()}
