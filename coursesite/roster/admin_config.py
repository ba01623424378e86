"""Makes the staff's site the default admin site."""

from django.contrib.admin.apps import AdminConfig


class StaffAdminConfig(AdminConfig):
    default_site = "coursesite.roster.staff_site.StaffSite"
