from django.urls import path

from . import views

app_name = "verify"
urlpatterns = [
    path("", views.verify, name="page"),
    path("key.pem", views.public_key, name="key"),
]
