from django.urls import path

from . import live_views as views

app_name = "live"
urlpatterns = [
    path("c/<slug:slug>/project/talks/<slug:milestone>/live/", views.now, name="now"),
    path("c/<slug:slug>/project/talks/<slug:milestone>/live/<int:talk>/", views.score, name="score"),
    path("c/<slug:slug>/project/talks/<slug:milestone>/scores/", views.overview, name="overview"),
]
