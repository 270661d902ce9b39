from newsletter.models.issue import Delivery, Issue
from newsletter.models.subscriber import Refusal, Subscriber

__all__ = ["Delivery", "Issue", "Refusal", "Subscriber"]
