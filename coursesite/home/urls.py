from django.urls import path

from . import views

app_name = "home"
urlpatterns = [
    path("", views.index, name="index"),
    path("c/<slug:slug>/", views.course, name="course"),
]
