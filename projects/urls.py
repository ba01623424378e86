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
    path("<slug:milestone>/", views.milestone, name="milestone"),
]
