"""Many rows given to a statement as one parameter: its text is the same for two of them and for two hundred.

A statement that spells each row out is put together anew for each number of rows, which takes longer than to answer it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import CTE, BigInteger, ColumnElement, Dialect, String, any_, false, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import TypeEngine


def among(column: ColumnElement[Any], values: Sequence[Any], dialect: Dialect) -> ColumnElement[bool]:
    """Ask whether a column is one of these values, given as one parameter.

    Args:
        column: A column of texts or whole numbers.
        values: Any number of them.
        dialect: Of the database that is asked.
    """
    if not values:
        return false()
    of_type: TypeEngine[Any] = BigInteger() if isinstance(values[0], int) else String()
    if dialect.name == "postgresql":
        return column == any_(literal(list(values), ARRAY(of_type)))
    return column.in_(select(func.json_each(literal(json.dumps(list(values)))).table_valued("value").c.value))


def many_rows(
    dialect: Dialect, columns: Mapping[str, TypeEngine[Any]], rows: Sequence[Sequence[Any]], name: str = "many"
) -> CTE:
    """Give rows as something to select from.

    Args:
        dialect: Of the database that is asked.
        columns: The type of each column by its name, in the order of the rows.
        rows: Each as long as ``columns``.
        name: What the statement calls it.
    """
    if dialect.name == "postgresql":
        arrays = [
            literal([row[place] for row in rows], ARRAY(of_type)) for place, of_type in enumerate(columns.values())
        ]
        given = func.unnest(*arrays).table_valued(*columns, name=f"{name}_given").render_derived()
        return select(*(given.c[one] for one in columns)).cte(name)
    written = [of_type.dialect_impl(dialect).bind_processor(dialect) for of_type in columns.values()]
    as_text = json.dumps([[put(one) if put else one for put, one in zip(written, row, strict=True)] for row in rows])
    listed = func.json_each(literal(as_text)).table_valued("value", name=f"{name}_given")
    return select(
        *(
            func.json_extract(listed.c.value, f"$[{place}]", type_=of_type).label(one)
            for place, (one, of_type) in enumerate(columns.items())
        )
    ).cte(name)
