from django.urls import path

from meetups import views

app_name = "meetups"
urlpatterns = [
    path("meetups/", views.meetup_list, name="list"),
    path("meetups/<slug:slug>/", views.detail, name="detail"),
    path("write-ups/", views.writeup_list, name="writeups"),
    path("write-ups/preview/<str:token>/", views.preview, name="preview"),
    path("write-ups/<slug:slug>/", views.writeup, name="writeup"),
]
