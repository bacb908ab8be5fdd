"""What all tables share: names of constraints, instants in UTC, keys and references."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, Column, DateTime, Dialect, ForeignKey, Integer, MetaData, Text, TypeDecorator
from sqlalchemy.dialects import sqlite
from sqlalchemy.types import TypeEngine

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


_DATE = len("2026-11-23")


class _UtcText(sqlite.DATETIME):
    """An instant in UTC as SQLite's text for it; to take a zone off or put it on costs more than all the rest."""

    def bind_processor(self, dialect: Dialect) -> Any:  # noqa: ARG002
        return _written

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:  # noqa: ARG002
        return _read


def _written(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat(" ", "microseconds").removesuffix("+00:00")


def _read(text: str | None) -> datetime | None:
    """A date alone, which only a hand can have put there, is its midnight."""
    if text is None:
        return None
    return datetime.fromisoformat(f"{text}+00:00" if len(text) > _DATE else f"{text} 00:00+00:00")


class Utc(TypeDecorator[datetime]):
    """An instant: aware in Python, UTC in the database (text that sorts on SQLite, timestamptz on PostgreSQL)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "sqlite":
            return _UtcText()  # type: ignore[no-untyped-call]
        return super().load_dialect_impl(dialect)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a time without a zone cannot be stored: {value!r}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        return value if value is None or value.tzinfo is UTC else value.astimezone(UTC)


Id = BigInteger().with_variant(Integer, "sqlite")


def id_column() -> Column[Any]:
    return Column("id", Id, primary_key=True)


def reference(target: str, *, name: str = "", null: bool = False, index: bool = False) -> Column[Any]:
    return Column(name or f"{target}_id", Id, ForeignKey(f"{target}.id"), nullable=null, index=index)


def text_column(name: str, default: str | None = "") -> Column[Any]:
    return Column(name, Text, nullable=False, server_default=default)
