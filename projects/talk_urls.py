from django.urls import path

from .views import talks as views

app_name = "talks"
urlpatterns = [
    path("c/<slug:slug>/project/talks/<slug:milestone>/", views.show, name="timetable"),
    path("c/<slug:slug>/project/talks/<slug:milestone>/print/", views.printed, name="print"),
    path("c/<slug:slug>/project/talks/<slug:milestone>/open/", views.open_slots, name="open"),
    path("c/<slug:slug>/project/talks/<slug:milestone>/slots/<int:slot>/", views.slot, name="slot"),
    path("c/<slug:slug>/project/talks/<slug:milestone>/<int:talk>/", views.talk, name="talk"),
    path("calendar/talks/<str:token>/<str:scope>.ics", views.calendar, name="feed"),
]
