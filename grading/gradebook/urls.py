from django.urls import path

from . import cells, changes, columns, moment, page, statistics, students

app_name = "gradebook"
urlpatterns = [
    path("", page.table, name="table"),
    path("figures/", page.figures, name="figures"),
    path("as-of.csv", moment.download, name="moment"),
    path("statistics/", statistics.statistics, name="statistics"),
    path("changes/", changes.changes, name="changes"),
    path("columns/<int:item>/", columns.column, name="column"),
    path("students/<int:student>/", students.student, name="student"),
    path("<int:student>/<int:item>/", cells.cell, name="cell"),
]
