"""`faultdesk assets`: the devices, listed and imported from a CSV or Excel file."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from bot.cli.importing import Sheet
from bot.domain.devices import NAMES, read_devices
from storage import hardware, people

COLUMNS = ("tag", "state", "kind", "model", "serial", "place", "user", "accepted_on", "warranty_until")


def _rows(db: Connection) -> list[dict[str, Any]]:
    users = {one["id"]: one["address"] for one in people.addresses(db)}
    return [
        {name: str(getattr(row, name) or "") for name in COLUMNS if name != "user"}
        | {"user": users.get(row.user_id, "")}
        for row in hardware.assets(db)
    ]


DEVICES = Sheet(
    name="assets",
    what="the devices",
    note=f"The file's first line names its columns: {', '.join(NAMES)} (only tag is needed); also in Chinese. "
    "State stock makes it a device that can be lent.",
    file="devices.xlsx",
    empty="there are no devices; enter some with: faultdesk assets import FILE.csv",
    columns=COLUMNS,
    rows=_rows,
    operation="devices",
    read=read_devices,
)
