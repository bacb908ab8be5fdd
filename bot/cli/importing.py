"""Imports a spreadsheet, CSV or Excel, into the desk: all of it or nothing, with each mistake by its line."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.cli.common import CliError, through_daemon
from bot.config import Settings
from bot.domain.spreadsheet import MOST_BYTES, MOST_ROWS
from bot.domain.text import shown

MOST_SHOWN = 20
MOST_UNPACKED = 20 * MOST_BYTES
EXCEL = b"PK\x03\x04"

Read = Callable[[bytes, frozenset[str]], tuple[list[Any], list[str]]]
Alone = Callable[[dict[str, Any]], dict[str, Any]]


def import_file(settings: Settings, file: Path, how: tuple[str, Read, Alone], *, dry_run: bool) -> int:
    """Reads a file and hands its entries to the daemon's operation, or, without a daemon, to `alone`.

    `how` is (operation, reader, alone). Raises CliError with the first mistakes.
    """
    operation, read, alone = how
    customers = frozenset(one.key for one in settings.customers) or frozenset({"default"})
    entries, mistakes = read(_content(file), customers)
    if not mistakes:
        request = {"op": operation, "entries": [asdict(one) for one in entries], "dry_run": dry_run}
        answer = through_daemon(settings, request, lambda: alone(request))
        mistakes = answer["mistakes"]
    if mistakes:
        told = [shown(one) for one in mistakes[:MOST_SHOWN]]
        rest = len(mistakes) - len(told)
        more = f"\n… and {rest} more" if rest > 0 else ""
        raise CliError("nothing was imported:\n" + "\n".join(told) + more)
    counts = answer["counts"]
    done = "would be" if dry_run else "are"
    print(f"{counts['new']} {done} new, {counts['changed']} {done} changed, {counts['same']} stay as they were")
    return 0


def _content(file: Path) -> bytes:
    """The file's bytes; of an Excel file its first sheet as CSV."""
    try:
        with file.open("rb") as stream:
            data = stream.read(MOST_BYTES + 1)
    except OSError as error:
        raise CliError(f"{file}: {error.strerror}") from error
    return _as_csv(file, data) if data.startswith(EXCEL) and len(data) <= MOST_BYTES else data


def _as_csv(file: Path, data: bytes) -> bytes:
    from openpyxl import load_workbook  # noqa: PLC0415  -- only who imports Excel files waits for it

    packed = io.BytesIO(data)
    try:
        with zipfile.ZipFile(packed) as parts:
            if sum(one.file_size for one in parts.infolist()) > MOST_UNPACKED:
                raise CliError(f"{file}: unpacked it has more than {MOST_UNPACKED} bytes: split it, or save it as CSV")
        sheet = load_workbook(packed, read_only=True, data_only=True).worksheets[0]
        out = io.StringIO()
        writer = csv.writer(out)
        for number, row in enumerate(sheet.iter_rows(values_only=True)):
            if number > MOST_ROWS + 1:
                break
            writer.writerow([_cell(value) for value in row])
    except (zipfile.BadZipFile, KeyError, ValueError, IndexError, SyntaxError) as error:
        raise CliError(
            f"{file}: it cannot be read as an Excel file: save it as .xlsx again, or as CSV UTF-8"
        ) from error
    return out.getvalue().encode()


def _cell(value: object) -> str:
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)
