from django.urls import path

from . import cells, changes, columns, page

app_name = "gradebook"
urlpatterns = [
    path("", page.table, name="table"),
    path("figures/", page.figures, name="figures"),
    path("changes/", changes.changes, name="changes"),
    path("columns/<int:item>/", columns.column, name="column"),
    path("<int:student>/<int:item>/", cells.cell, name="cell"),
]
