from django.urls import path

from . import views

app_name = "handin"
FILE = "<uuid:submission>/files/<int:used>/"
urlpatterns = [
    path("<uuid:submission>/", views.receipt, name="receipt"),
    path("<uuid:submission>/withdraw/", views.withdraw_work, name="withdraw"),
    path("<uuid:submission>/count/", views.choose, name="choose"),
    path("<uuid:submission>/receipt.txt", views.receipt_text, name="receipt_text"),
    path("<uuid:submission>/tags/", views.tags, name="tags"),
    path("<uuid:submission>/scans/<int:scan>.pdf", views.scan, name="scan"),
    path(FILE + "turn/", views.turn, name="turn"),
    path(FILE + "card/", views.card, name="card"),
    path(FILE, views.download, name="download"),
    path(FILE + "pages/<int:page>.png", views.preview_page, name="page"),
    path(FILE + "notebook.html", views.preview_notebook, name="notebook"),
]
