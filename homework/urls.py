from django.urls import path

from . import views

app_name = "homework"
urlpatterns = [
    path("", views.index, name="list"),
    path("<slug:homework>/", views.detail, name="detail"),
    path("<slug:homework>/classmates/", views.mates, name="classmates"),
]
