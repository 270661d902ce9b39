from django.urls import path
from django.views.decorators.http import require_safe

from newsletter import feeds, views

app_name = "newsletter"
urlpatterns = [
    path("newsletter/", views.issue_list, name="issue_list"),
    path("newsletter/feed/", require_safe(feeds.LetterFeed()), name="feed"),
    path("newsletter/subscription/", views.subscribe, name="subscribe"),
    path("newsletter/check-your-inbox/", views.check_inbox, name="check_inbox"),
    path("newsletter/confirm/<str:token>/", views.confirm, name="confirm"),
    path("newsletter/leave/<str:token>/", views.leave, name="leave"),
    path("newsletter/come-back/<str:token>/", views.come_back, name="come_back"),
    path("newsletter/topics/<str:token>/", views.choose_topics, name="topics"),
    path("newsletter/<int:number>/", views.issue, name="issue"),
]
