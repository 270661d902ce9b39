from django.urls import path

from books import views

app_name = "books"
urlpatterns = [
    path("books/", views.book_list, name="list"),
    path("books/<slug:slug>/", views.detail, name="detail"),
    path("quotes/", views.quote_list, name="quotes"),
    path("quotes/<int:pk>/", views.quote, name="quote"),
]
