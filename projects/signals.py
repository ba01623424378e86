"""What grading listens to; sent within the transaction of the change."""

from django.dispatch import Signal

membership_changed = Signal()  # enrollment: who joined or left a team
