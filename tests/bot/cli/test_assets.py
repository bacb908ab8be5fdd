"""`faultdesk assets`: devices from CSV and Excel, all or nothing, with a daemon and without one."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from openpyxl import Workbook

from tests.bot.cli.conftest import Faultdesk
from tests.parts.daemon import Daemon


def test_devices_come_from_excel_and_a_later_file_renews_them(tmp_path: Path, at: Callable[[Path], Faultdesk]) -> None:
    book, file = Workbook(), tmp_path / "devices.xlsx"
    sheet = book.active
    assert sheet is not None
    for row in (
        ("资产标签", "型号", "状态", "验收"),
        ("PC-0117", "OptiPlex 7010", None, datetime(2025, 1, 2, tzinfo=UTC).replace(tzinfo=None)),
        (4711, "T14", "备机", None),
    ):
        sheet.append(row)
    book.save(file)
    with Daemon(tmp_path / "desk") as daemon:
        faultdesk = at(daemon.folder)
        assert "2 would be new" in faultdesk("assets", "import", str(file), "--dry-run").out
        assert "there are no devices" in faultdesk("assets", "list").out
        assert faultdesk("assets", "import", str(file)).out == "2 are new, 0 are changed, 0 stay as they were\n"
    listed = json.loads(faultdesk("assets", "list", "--json").out)
    assert [(one["tag"], one["state"], one["model"], one["warranty_until"]) for one in listed] == [
        ("4711", "stock", "T14", ""),
        ("PC-0117", "in use", "OptiPlex 7010", "2027-01-01"),
    ]
    renewed = tmp_path / "devices.csv"
    renewed.write_text("tag,place\nPC-0117,hq\nPC-0118,hq\n")
    assert faultdesk("assets", "import", str(renewed)).out == "1 are new, 1 are changed, 0 stay as they were\n"
    renewed.write_text("tag,user\nPC-0117,li@nowhere.example\nPC-0200,\n")
    refused = faultdesk("assets", "import", str(renewed))
    assert refused.status == 1
    assert "line 2: li@nowhere.example is not in the customer's directory" in refused.err
    assert len(json.loads(faultdesk("assets", "list", "--json").out)) == 3
    for tag, model, accepted in (("PC-0300", "=A2", None), ("PC-0301", "T14", 45718), ("PC-0302", "T14", "soon")):
        sheet.append((tag, model, "in use", accepted))
    book.save(file)
    refused = faultdesk("assets", "import", str(file))
    assert [line.split("'")[0] for line in refused.err.splitlines()[1:]] == [
        "line 4: model: begins with ",  # the result of the formula is not in the file
        "line 6: accepted: ",
    ]
    sheet.delete_rows(6)
    sheet.delete_rows(4)
    book.save(file)
    assert faultdesk("assets", "import", str(file)).out == "1 are new, 0 are changed, 2 stay as they were\n"
    listed = json.loads(faultdesk("assets", "list", "--json").out)
    assert {one["tag"]: one["accepted_on"] for one in listed}["PC-0301"] == "2025-03-02"  # a day that comes as a number
    file.write_bytes(b"PK\x03\x04 no workbook")
    assert "cannot be read as an Excel file" in faultdesk("assets", "import", str(file)).err
