from django.urls import path

from . import asking, feedback, views, whatif_page
from .gradebook import statistics, students

app_name = "grading"
urlpatterns = [
    path("", views.grades, name="grades"),
    path("what-if/", whatif_page.what_if, name="what_if"),
    path("arithmetic/", views.arithmetic, name="arithmetic"),
    path("statistics/", statistics.own, name="statistics"),
    path("report/", students.own, name="report"),
    path("<int:item>/", feedback.feedback, name="feedback"),
    path("<int:item>/regrade/<int:problem>/", asking.regrade, name="regrade"),
]
