"""Reading whole rows by a condition in SQL, for pages that are asked for all day.

Django builds the text of a query anew each time, which takes longer than the database takes to answer one by its key.
The rows are the same instances.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import cache
from typing import Any, TypeVar

from django.db import connection, models

ModelT = TypeVar("ModelT", bound=models.Model)


def rows_where(model: type[ModelT], condition: str, values: Sequence[Any]) -> list[ModelT]:
    """The rows of a table that meet a condition, which may end in an order and a limit.

    `condition` is SQL written in the code, never text of a user; `values` fill its placeholders.
    """
    found = joined_rows({"t": model}, f'"{model._meta.db_table}" t WHERE {condition}', values)
    return [row[0] for row in found]


def joined_rows(models: Mapping[str, type[models.Model]], source: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Whole rows of several tables that belong together: `models` by their alias in `source`, the SQL behind FROM."""
    columns = _columns(tuple(models.items()))
    readings = [(model, *_reading(model)) for model in models.values()]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns} FROM {source}", values)
        rows = cursor.fetchall()
    found = []
    for row in rows:
        left, made = list(row), []
        for model, _, attributes, converted in readings:
            own, left = left[: len(attributes)], left[len(attributes) :]
            for place, convert in converted:
                own[place] = convert(own[place], None, connection)
            made.append(model.from_db(connection.alias, attributes, own))
        found.append(tuple(made))
    return found


def one_of(values: Collection[Any]) -> tuple[str, Any]:
    """The condition behind a column that is one of these values, and the value of its placeholder.

    With a single one it is an equality, of which the server keeps the plan; an array it plans anew each time.
    """
    found = list(values)
    return ("= %s", found[0]) if len(found) == 1 else ("= ANY(%s)", found)


@cache
def _columns(models: tuple[tuple[str, type[models.Model]], ...]) -> str:
    return ", ".join(f'{alias}."{column}"' for alias, model in models for column in _reading(model)[0])


@cache
def _reading(model: type[models.Model]) -> tuple[list[str], list[str], list[tuple[int, Any]]]:
    fields = model._meta.concrete_fields
    return (
        [str(field.column) for field in fields],
        [field.attname for field in fields],
        [(place, field.from_db_value) for place, field in enumerate(fields) if hasattr(field, "from_db_value")],
    )
