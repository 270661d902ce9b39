from django.urls import path

from members import views

app_name = "members"
urlpatterns = [path("people/<slug:slug>/", views.author, name="author")]
