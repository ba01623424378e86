"""Python's garbage collector in processes that live long."""

import gc
from typing import Any


def calm(**_: Any) -> None:
    """Call once everything is loaded: modules stay, so the collector need not look at them again; and objects of a
    page or of a batch die without it, so it need not look so often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
