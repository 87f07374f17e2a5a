"""How the memory of a process that serves pages is looked after."""

import gc


def settle_memory() -> None:
    """Leave what was made at start alone: looking through all of it again and again would take a tenth of the time of
    each page."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
