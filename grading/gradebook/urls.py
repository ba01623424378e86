from django.urls import path

from . import cells, page

app_name = "gradebook"
urlpatterns = [
    path("", page.table, name="table"),
    path("figures/", page.figures, name="figures"),
    path("<int:student>/<int:item>/", cells.cell, name="cell"),
]
