"""Reading whole rows by a condition in SQL, for pages that are asked for all day.

Django builds the text of a query anew each time, which takes longer than the database takes to answer one by its key.
The rows are the same instances.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, TypeVar

from django.db import connection, models

ModelT = TypeVar("ModelT", bound=models.Model)


def rows_where(model: type[ModelT], condition: str, values: Sequence[Any]) -> list[ModelT]:
    """The rows of a table that meet a condition, which may end in an order and a limit.

    `condition` is SQL written in the code, never text of a user; `values` fill its placeholders.
    """
    select, names, converted = _reading(model)
    with connection.cursor() as cursor:
        cursor.execute(f"{select} WHERE {condition}", values)
        rows: list[Any] = cursor.fetchall()
    if converted:
        rows = [list(row) for row in rows]
        for row in rows:
            for place, convert in converted:
                row[place] = convert(row[place], None, connection)
    return [model.from_db(connection.alias, names, row) for row in rows]


@cache
def _reading(model: type[models.Model]) -> tuple[str, list[str], list[tuple[int, Any]]]:
    fields = model._meta.concrete_fields
    quoted = ", ".join(f'"{field.column}"' for field in fields)
    return (
        f'SELECT {quoted} FROM "{model._meta.db_table}"',
        [field.attname for field in fields],
        [(place, field.from_db_value) for place, field in enumerate(fields) if hasattr(field, "from_db_value")],
    )
