from django.urls import path

from . import views

app_name = "projects"
urlpatterns = [
    path("", views.index, name="index"),
    path("<slug:milestone>/", views.milestone, name="milestone"),
]
