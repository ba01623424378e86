from django.urls import path

from . import apart_views as views

app_name = "apart"
urlpatterns = [
    path("<slug:milestone>/", views.teams, name="teams"),
    path("<slug:milestone>/<int:team>/", views.team, name="team"),
]
