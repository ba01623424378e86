from django.urls import path

from . import views

app_name = "grading"
urlpatterns = [
    path("", views.grades, name="grades"),
    path("<int:item>/", views.feedback, name="feedback"),
]
