from django.urls import path

from . import final

app_name = "final"
urlpatterns = [
    path("", final.final, name="final"),
    path("letters.csv", final.letters, name="letters"),
    path("print/", final.to_print, name="print"),
]
