from django.urls import path

from .views import gallery as views

app_name = "gallery"
FILE = "<int:publication>/files/<int:file>/"
urlpatterns = [
    path("", views.index, name="index"),
    path("ours/", views.ours, name="ours"),
    path("<int:publication>/", views.detail, name="detail"),
    path(FILE, views.download, name="download"),
    path(FILE + "<int:page>.png", views.image, name="image"),
]
