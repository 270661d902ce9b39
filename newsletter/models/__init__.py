from newsletter.models.delivery import Delivery
from newsletter.models.issue import Issue
from newsletter.models.provider_report import ProviderReport
from newsletter.models.subscriber import MergedSubscriber, Refusal, Subscriber
from newsletter.models.subscriber_import import SubscriberImport, SubscriberImportContent

__all__ = [
    "Delivery",
    "Issue",
    "MergedSubscriber",
    "ProviderReport",
    "Refusal",
    "Subscriber",
    "SubscriberImport",
    "SubscriberImportContent",
]
