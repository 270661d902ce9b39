from django.urls import path

from newsletter import views

app_name = "newsletter"
urlpatterns = [
    path("newsletter/", views.letters, name="letters"),
    path("newsletter/subscription/", views.subscribe, name="subscribe"),
    path("newsletter/check-your-inbox/", views.asked, name="asked"),
    path("newsletter/confirm/<str:token>/", views.confirm, name="confirm"),
    path("newsletter/leave/<str:token>/", views.leave, name="leave"),
    path("newsletter/come-back/<str:token>/", views.come_back, name="come_back"),
    path("newsletter/mine/<str:token>/", views.manage, name="manage"),
    path("newsletter/<int:number>/", views.issue, name="issue"),
]
