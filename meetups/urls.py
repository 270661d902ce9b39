from django.urls import path, re_path
from django.views.decorators.http import require_safe

from meetups import feeds, views
from meetups.calendar import views as calendar_views

app_name = "meetups"
urlpatterns = [
    path("meetups/", views.meetup_list, name="list"),
    path("meetups/feed/", require_safe(feeds.MeetupFeed()), name="feed"),
    path("meetups/calendar.ics", calendar_views.club_calendar, name="calendar"),
    path("meetups/<slug:slug>/calendar.ics", calendar_views.meetup_calendar, name="meetup_calendar"),
    re_path(r"^meetups/calendar/(?P<token>[\w-]{43})\.ics$", calendar_views.member_calendar, name="member_calendar"),
    path("members/me/calendar/", calendar_views.change_calendar_token, name="calendar_address"),
    path("meetups/<slug:slug>/", views.detail, name="detail"),
    path("meetups/<slug:slug>/rsvp/", views.rsvp, name="rsvp"),
    path("write-ups/", views.writeup_list, name="writeup_list"),
    path("write-ups/preview/<str:token>/", views.preview, name="preview"),
    path("write-ups/feed/", require_safe(feeds.WriteUpFeed()), name="writeup_feed"),
    path("books/<slug:slug>/feed/", require_safe(feeds.BookFeed()), name="book_feed"),
    path("people/<slug:slug>/feed/", require_safe(feeds.AuthorFeed()), name="author_feed"),
    path("write-ups/<slug:slug>/", views.writeup, name="writeup"),
]
