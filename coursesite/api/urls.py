from django.urls import path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from . import views, work

app_name = "api"
COURSE = "courses/<slug:slug>/"
urlpatterns = [
    path("", SpectacularSwaggerView.as_view(url_name="api:schema"), name="page"),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("courses/", views.Courses.as_view(), name="courses"),
    path(COURSE + "schedule/", views.Schedule.as_view(), name="schedule"),
    path(COURSE + "homework/", views.HomeworkList.as_view(), name="homework"),
    path(COURSE + "homework/<slug:homework>/submissions/", views.HandIn.as_view(), name="hand_in"),
    path(COURSE + "submissions/", views.Submissions.as_view(), name="submissions"),
    path(COURSE + "submissions/<uuid:submission>/tags/", work.Tags.as_view(), name="tags"),
    path(COURSE + "late-days/", work.LateDays.as_view(), name="late_days"),
    path(COURSE + "grades/", views.Grades.as_view(), name="grades"),
    path(COURSE + "scores/", views.Scores.as_view(), name="scores"),
    path(COURSE + "release/", views.Release.as_view(), name="release"),
    path(COURSE + "export/<str:form>.csv", views.Export.as_view(), name="export"),
]
