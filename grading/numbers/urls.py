from django.urls import path

from . import imports, page

app_name = "numbers"
urlpatterns = [
    path("", page.overview, name="overview"),
    path("import/", imports.upload, name="upload"),
    path("import/<uuid:pending>/", imports.preview, name="import"),
    path("<slug:form>.<slug:ending>", page.download, name="download"),
]
