from django.urls import path
from django.views.decorators.http import require_safe

from books import feeds, views

app_name = "books"
urlpatterns = [
    path("books/", views.book_list, name="list"),
    path("books/<slug:slug>/", views.detail, name="detail"),
    path("quotes/", views.quote_list, name="quotes"),
    path("quotes/feed/", require_safe(feeds.QuoteFeed()), name="quote_feed"),
    path("quotes/<int:pk>/", views.quote, name="quote"),
    path("quotes/<int:pk>/citation.<str:ending>", views.quote_citation, name="quote_citation"),
]
