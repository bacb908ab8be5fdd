"""The tables of hardware: devices, spare parts, what moved when and why, and who has which loan device (SP-5, SP-7)."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Date, Index, Integer, Table, Text, func, text

from storage.columns import Utc, id_column, metadata, reference, text_column

asset = Table(
    "asset",
    metadata,
    id_column(),
    reference("customer"),
    Column("tag", Text, nullable=False, unique=True),
    text_column("kind"),
    text_column("model"),
    text_column("serial"),
    text_column("place"),
    reference("person", name="user_id", null=True, index=True),
    Column("state", Text, nullable=False, server_default="in use"),
    Column("accepted_on", Date),
    Column("warranty_until", Date),
    CheckConstraint("state in ('in use', 'stock', 'loaned', 'repair', 'retired')", name="state"),
)
"""A device. In stock it can be lent; `accepted_on` is the day of acceptance (验收), from which a warranty counts."""
Index("ix_asset_label", func.lower(asset.c.tag))


part = Table(
    "part",
    metadata,
    id_column(),
    Column("code", Text, nullable=False, unique=True),
    text_column("name"),
    text_column("place"),
    Column("quantity", Integer, nullable=False, server_default="0"),
    Column("minimum", Integer, nullable=False, server_default="0"),
    CheckConstraint("quantity >= 0", name="quantity"),
)
"""A kind of spare part: how many lie in stock, and from how many on it is to be restocked (SP-8.8)."""

movement = Table(
    "movement",
    metadata,
    id_column(),
    Column("at", Utc, nullable=False),
    reference("part", null=True, index=True),
    reference("asset", null=True, index=True),
    Column("what", Text, nullable=False),
    Column("amount", Integer, nullable=False, server_default="0"),
    reference("ticket", null=True, index=True),
    reference("person", name="actor_id", null=True),
    text_column("why"),
)
"""Whatever came and went, append-only: a part's quantity is the sum of its amounts."""

loan = Table(
    "loan",
    metadata,
    id_column(),
    reference("asset"),
    reference("ticket", index=True),
    reference("person", null=True),
    Column("out_at", Utc, nullable=False),
    Column("due_at", Utc, nullable=False),
    Column("back_at", Utc),
    Column("remind_at", Utc),
)
"""A device that is lent on a ticket: since when, until when, and when its return is asked for next."""
Index("uq_loan_open", loan.c.asset_id, unique=True, sqlite_where=text("back_at is null"),
      postgresql_where=text("back_at is null"))  # fmt: skip

repair = Table(
    "repair",
    metadata,
    id_column(),
    reference("ticket", index=True),
    reference("asset", index=True),
    Column("kind", Text, nullable=False),
    text_column("vendor"),
    Column("state", Text, nullable=False, server_default="sent"),
    Column("device_was", Text, nullable=False),
    Column("opened_at", Utc, nullable=False),
    Column("changed_at", Utc, nullable=False),
    Column("ended_at", Utc),
    Column("swapped_at", Utc),
    text_column("first_message_id"),
    text_column("last_message_id"),
    Column("remind_at", Utc),
    Column("draft_at", Utc),
    CheckConstraint("kind in ('house', 'maker', 'shop')", name="kind"),
    CheckConstraint(
        "state in ('sent', 'diagnosed', 'quoted', 'approved', 'refused', 'repaired', 'irreparable', 'returned', "
        "'undone')",
        name="state",
    ),
)
"""A device that is repaired on a ticket (SP-5): `vendor` is the key of the configuration's, `device_was` the state to
which the device goes back, `swapped_at` when the loan for it was back, too. Open until `ended_at`: one at a time.
The message ids are of the thread with the vendor; at `remind_at` he is reminded, or who decides on
his quote; progress is drafted at `draft_at`."""
for _one in ("asset", "ticket"):
    Index(f"uq_repair_{_one}_open", repair.c[f"{_one}_id"], unique=True, sqlite_where=text("ended_at is null"),
          postgresql_where=text("ended_at is null"))  # fmt: skip
