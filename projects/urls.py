from django.urls import path

from . import views

app_name = "projects"
urlpatterns = [
    path("", views.index, name="index"),
    path("board/", views.board, name="board"),
    path("interests/", views.interests, name="interests"),
    path("ideas/new/", views.new_idea, name="new_idea"),
    path("ideas/<int:idea>/", views.idea, name="idea"),
    path("ideas/<int:idea>/change/", views.change_idea, name="change_idea"),
    path("overview/", views.overview, name="overview"),
    path("forming/", views.forming, name="forming"),
    path("forming/<int:formation>/", views.formation, name="formation"),
    path("<slug:milestone>/", views.milestone, name="milestone"),
]
