"""Re-export the models of the packages below, so that Django finds them in the app `bookclub`."""

from bookclub.core.models import Club, CommunityLink
from bookclub.core.redirects import Redirect
from bookclub.images.logo import ClubLogo
from bookclub.mail.models import OutgoingMail, SendingPause, Worker
from bookclub.mail.rate_limits import MailRequest
from bookclub.search.models import SearchEntry, SearchMark, SearchWord
from bookclub.share_cards.models import ShareCard

__all__ = [
    "Club",
    "ClubLogo",
    "CommunityLink",
    "MailRequest",
    "OutgoingMail",
    "Redirect",
    "SearchEntry",
    "SearchMark",
    "SearchWord",
    "SendingPause",
    "ShareCard",
    "Worker",
]
