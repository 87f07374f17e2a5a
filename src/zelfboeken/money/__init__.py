"""Cents and rounding: the only place where a Decimal becomes money.

Amounts are whole cents of the base currency (euro) everywhere else, in names that end in ``_cents``.
"""

from zelfboeken.money.amounts import (
    MAX_CENTS,
    AmountNotUnderstood,
    cents_of,
    percent_of,
    share_out,
    times,
)

__all__ = ["MAX_CENTS", "AmountNotUnderstood", "cents_of", "percent_of", "share_out", "times"]
