from django.apps import AppConfig


class CoursefileConfig(AppConfig):
    name = "coursesite.coursefile"
    verbose_name = "Course file"
