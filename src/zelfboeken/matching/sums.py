"""Which open items of one contact add up to an amount, to the cent."""

from collections.abc import Sequence

from zelfboeken.matching.facts import OpenItemFacts

MOST_ITEMS = 8
_OLDEST = 24
_MOST_STEPS = 3_000
_MOST_SUMS = 4


def sums_to(amount_cents: int, items: Sequence[OpenItemFacts]) -> list[tuple[OpenItemFacts, ...]]:
    """Up to four groups of 2 to 8 items that add up exactly, those with the oldest items first.

    Credit notes count against invoices. The search looks at the 24 oldest items and stops after 3,000 steps, so that
    one line never holds up the others; ``items`` may come in any order.
    """
    ordered = sorted(items, key=lambda item: (item.on_date, item.id))[:_OLDEST]
    # What the items from a place onward can still add at most in each direction: prunes most branches.
    above, below = [0], [0]
    for item in reversed(ordered):
        above.append(above[-1] + max(item.open_cents, 0))
        below.append(below[-1] + min(item.open_cents, 0))
    above.reverse()
    below.reverse()
    found: list[tuple[OpenItemFacts, ...]] = []
    steps = 0
    stack: list[tuple[int, int, tuple[OpenItemFacts, ...]]] = [(0, amount_cents, ())]
    while stack and steps < _MOST_STEPS and len(found) < _MOST_SUMS:
        steps += 1
        at, left, chosen = stack.pop()
        if left == 0 and len(chosen) > 1:
            found.append(chosen)
            continue
        if at == len(ordered) or len(chosen) == MOST_ITEMS or not below[at] <= left <= above[at]:
            continue
        stack.append((at + 1, left, chosen))
        stack.append((at + 1, left - ordered[at].open_cents, (*chosen, ordered[at])))
    return found
