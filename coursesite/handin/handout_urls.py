from django.urls import path

from . import views

app_name = "handouts"
urlpatterns = [path("<int:handout>/", views.handout, name="download")]
