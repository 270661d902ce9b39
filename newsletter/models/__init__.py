from newsletter.models.delivery import Delivery
from newsletter.models.issue import Issue
from newsletter.models.subscriber import Refusal, Subscriber

__all__ = ["Delivery", "Issue", "Refusal", "Subscriber"]
