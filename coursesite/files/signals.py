"""What storeys above may listen to."""

from django.dispatch import Signal

inspected = Signal()  # file_id: of the file that was looked into; what was found out is stored
