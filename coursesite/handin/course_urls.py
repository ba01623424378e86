from django.urls import path

from . import views

app_name = "extensions"
urlpatterns = [path("<slug:assignment>/", views.ask, name="ask")]
