"""`faultdesk people`: the directory of requesters, listed and imported from a CSV or Excel file."""

from __future__ import annotations

from bot.cli.importing import Sheet
from bot.domain.directory import read_directory
from storage import people

COLUMNS = ("address", "name", "phone", "customer", "place", "vip", "language")

DIRECTORY = Sheet(
    name="people",
    what="the directory of requesters",
    note=f"The file's first line names its columns: {', '.join(COLUMNS)} (only address is needed); also in Chinese.",
    file="staff.csv",
    empty="the directory is empty; fill it with: faultdesk people import FILE.csv",
    columns=COLUMNS,
    rows=people.requesters,
    operation="people",
    read=read_directory,
)
