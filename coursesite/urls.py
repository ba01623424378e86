"""What is mounted where."""

from django.contrib import admin
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import include, path

from coursesite.look.views import accent_css


def healthz(request: HttpRequest) -> HttpResponse:
    """Answers when the database does; for operators and proxies."""
    connection.ensure_connection()
    return HttpResponse("ok\n", content_type="text/plain")


def nowhere(request: HttpRequest) -> HttpResponse:
    """Rosters say by an address who somebody is; whoever could take another one would be somebody else."""
    raise Http404


urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("look/accent/<str:colour>.css", accent_css, name="accent"),
    path("accounts/email/", nowhere, name="account_email"),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("api/v1/", include("coursesite.api.urls")),
    path("submissions/", include("coursesite.handin.urls")),
    path("verify/", include("coursesite.handin.verify_urls")),
    path("c/<slug:slug>/", include("coursesite.schedule.urls")),
    path("c/<slug:slug>/more-time/", include("coursesite.handin.course_urls")),
    path("c/<slug:slug>/handouts/", include("coursesite.handin.handout_urls")),
    path("c/<slug:slug>/homework/", include("homework.urls")),
    path("c/<slug:slug>/project/", include("projects.urls")),
    path("", include("projects.talk_urls")),
    path("c/<slug:slug>/gallery/", include("projects.gallery_urls")),
    path("c/<slug:slug>/project/evaluation/", include("projects.evaluation_urls")),
    path("c/<slug:slug>/project/members/", include("grading.apart_urls")),
    path("", include("grading.live_urls")),
    path("c/<slug:slug>/grades/", include("grading.urls")),
    path("c/<slug:slug>/gradebook/", include("grading.gradebook.urls")),
    path("c/<slug:slug>/numbers/", include("grading.numbers.urls")),
    path("c/<slug:slug>/final-grades/", include("grading.numbers.final_urls")),
    path("", include("coursesite.home.urls")),
]
