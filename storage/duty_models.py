"""The tables of duty beyond the configuration: support booked ahead, and absences by command."""

from __future__ import annotations

from sqlalchemy import Column, Table, Text

from storage.columns import Utc, id_column, metadata, reference

booking = Table("booking", metadata, id_column(), reference("person"), Column("place", Text, nullable=False),
                Column("starts_at", Utc, nullable=False), Column("ends_at", Utc, nullable=False),
                Column("created_at", Utc, nullable=False), Column("cancelled_at", Utc),
                Column("remind_at", Utc))  # fmt: skip
"""Support booked ahead (SP-2.7): who is at which place when, and when she is to be reminded next."""

absence = Table("absence", metadata, id_column(), reference("person"),
                reference("person", name="stand_in_id", null=True), Column("since_at", Utc, nullable=False),
                Column("until_at", Utc, nullable=False), Column("created_at", Utc, nullable=False),
                Column("cancelled_at", Utc))  # fmt: skip
"""Absences by command, beside those of the configuration."""
