from django.urls import path

from members import views

app_name = "members"
urlpatterns = [
    path("members/me/", views.me, name="me"),
    path("members/me/sign-ins/<int:pk>/", views.end_sign_in, name="end_sign_in"),
    path("members/me/sign-ins/others/", views.end_other_sign_ins, name="end_other_sign_ins"),
    path("members/me/data/", views.take_out, name="take_out"),
    path("members/me/deletion/", views.leaving, name="leaving"),
    path("members/gone/", views.gone, name="gone"),
    path("people/<slug:slug>/", views.author, name="author"),
]
