"""Lists that come as a spreadsheet, CSV or Excel: shown, or imported whole or not at all, each mistake by its line."""

from __future__ import annotations

import argparse
import csv
import io
import zipfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from bot.cli.common import CliError, Parsers, read, settings_of, through_daemon
from bot.cli.printing import print_json, table
from bot.config import Settings
from bot.domain.spreadsheet import MOST_BYTES, MOST_ROWS
from bot.domain.text import shown

MOST_SHOWN = 20
MOST_UNPACKED = 20 * MOST_BYTES
EXCEL = b"PK\x03\x04"

Read = Callable[[bytes, frozenset[str]], tuple[list[Any], list[str]]]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One such list, a sub-command called `name`.

    Attributes:
        what: what it lists, for `--help`.
        note: what `--help` says of the file's columns.
        file: a file's name, as an example.
        empty: what is said while the list is empty.
        columns: what is shown of each row.
        rows: reads the rows.
        operation: the daemon's operation that takes entries (`control.IMPORTS`).
        read: reads a file's bytes, knowing the customers' keys; gives the entries, and a line of text for each mistake.
    """

    name: str
    what: str
    note: str
    file: str
    empty: str
    columns: tuple[str, ...]
    rows: Callable[[Connection], list[dict[str, Any]]]
    operation: str
    read: Read

    @property
    def example(self) -> str:
        """The command to begin with."""
        return f"faultdesk {self.name} import {self.file} --dry-run"

    def add(self, parsers: Parsers[argparse.ArgumentParser]) -> None:
        """Declares the sub-command."""
        parser = parsers.add_parser(
            self.name, help=f"{self.what}: list, import", epilog=f"example: {self.example}. {self.note}"
        )
        parser.add_argument("what", choices=("list", "import"))
        parser.add_argument("file", nargs="?", type=Path, help="CSV or Excel file to import")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen, and change nothing")
        parser.add_argument("--json", action="store_true", help="for scripts (list only)")
        parser.set_defaults(do=self.do)

    def do(self, arguments: argparse.Namespace) -> int:
        """Shows the list, or imports a file. Raises CliError with the first mistakes."""
        settings = settings_of(arguments.config)
        if arguments.what == "list":
            return self._show(settings, as_json=arguments.json)
        if arguments.file is None:
            raise CliError(f"which file? For example: {self.example}", 2)
        return self._import(settings, arguments.file, dry_run=arguments.dry_run)

    def _show(self, settings: Settings, *, as_json: bool) -> int:
        rows = read(settings, self.rows)
        if as_json:
            print_json(rows)
        elif rows:
            table(rows, self.columns, settings.desk.timezone)
        else:
            print(self.empty)
        return 0

    def _import(self, settings: Settings, file: Path, *, dry_run: bool) -> int:
        customers = frozenset(one.key for one in settings.customers) or frozenset({"default"})
        entries, mistakes = self.read(_content(file), customers)
        if not mistakes:
            request = {"op": self.operation, "entries": [asdict(one) for one in entries], "dry_run": dry_run}
            answer = through_daemon(settings, request, lambda: _alone(settings, request))
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


def _alone(settings: Settings, request: dict[str, Any]) -> dict[str, Any]:
    from bot.cli.alone import in_house  # noqa: PLC0415  -- the daemon's parts only when there is no daemon
    from bot.control import IMPORTS  # noqa: PLC0415  -- the same

    return in_house(settings, lambda db, house, now: IMPORTS[request["op"]](db, house, now, request))


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
        # twice: a formula whose result is not stored is passed on, so that its line is refused and not read as empty
        values, formulas = (
            load_workbook(packed, read_only=True, data_only=results).worksheets[0].iter_rows(values_only=True)
            for results in (True, False)
        )
        out = io.StringIO()
        writer = csv.writer(out)
        for row, written in islice(zip(values, formulas, strict=True), MOST_ROWS + 2):
            cells = zip(row, written, strict=True)
            writer.writerow([_cell(formula if value is None else value) for value, formula in cells])
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
