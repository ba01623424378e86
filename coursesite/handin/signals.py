"""What storeys above may listen to; sent within the transaction of the change."""

from django.dispatch import Signal

# submission: the version that counts now; new: whether it has just been made; along: as in `standing`
submitted = Signal()
extension_changed = Signal()  # assignment, owner: whose deadline has moved
withdrawn = Signal()  # submission: the version that counted, while none does now
