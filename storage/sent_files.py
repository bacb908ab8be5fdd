"""Which files went out with the mails of a ticket, by their digests."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import Connection, select

from storage.service_models import sent_file
from storage.sql import insert_new, run


def add(db: Connection, ticket_id: int, digests: Collection[str]) -> None:
    """These (SHA-256, hexadecimal) went out on the ticket; what is known already stays."""
    run(db, insert_new(db, sent_file), [{"ticket_id": ticket_id, "sha256": one} for one in sorted(digests)])


def among(db: Connection, ticket_ids: Sequence[int], digests: Sequence[str]) -> set[str]:
    """Those of the digests that went out on one of the tickets."""
    found = select(sent_file.c.sha256).where(sent_file.c.ticket_id.in_(ticket_ids), sent_file.c.sha256.in_(digests))
    return set(db.execute(found).scalars())
