from django.urls import path

from members.views import messages, profile

app_name = "members"
urlpatterns = [
    path("members/me/", profile.profile, name="profile"),
    path("members/me/sign-ins/<int:pk>/", profile.end_sign_in, name="end_sign_in"),
    path("members/me/sign-ins/others/", profile.end_other_sign_ins, name="end_other_sign_ins"),
    path("members/me/data/", profile.export_data, name="export_data"),
    path("members/me/deletion/", profile.delete_account, name="delete_account"),
    path("members/messages/<str:token>/", messages.choose_messages, name="messages"),
    path("members/gone/", profile.account_deleted, name="account_deleted"),
    path("people/", profile.author_list, name="author_list"),
    path("people/<slug:slug>/", profile.author, name="author"),
]
