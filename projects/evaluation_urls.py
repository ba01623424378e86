from django.urls import path

from .views import evaluations as views

app_name = "evaluations"
urlpatterns = [path("<slug:milestone>/", views.show, name="show")]
