"""`faultdesk people`: with a daemon and without one, all or nothing."""

import json
from collections.abc import Callable
from pathlib import Path

from tests.bot.cli.conftest import Faultdesk, mail_fault
from tests.parts.daemon import Daemon

FILE = "姓名,邮箱,电话,地点,VIP,语言\n王总,Wang@customer.example,010-2,,是,en\n赵敏,zhao@customer.example,,三楼,,\n"


def test_a_directory_is_imported_and_a_vip_is_served_as_one(tmp_path: Path, at: Callable[[Path], Faultdesk]) -> None:
    """SP-2.4: the requester's level comes first; her name, place and language are the directory's."""
    file = tmp_path / "people.csv"
    file.write_bytes(FILE.encode("gb18030"))
    with Daemon(tmp_path / "desk") as daemon:
        faultdesk = at(daemon.folder)
        assert faultdesk("people", "import", str(file), "--dry-run").out == (
            "2 would be new, 0 would be changed, 0 stay as they were\n"
        )
        assert "is empty" in faultdesk("people", "list").out
        assert faultdesk("people", "import", str(file)).out == "2 are new, 0 are changed, 0 stay as they were\n"
        mail_fault(daemon, "Wang <wang@customer.example>", "打印机卡纸", "三楼打印机卡纸。")
        daemon.drain()
    listed = json.loads(faultdesk("people", "list", "--json").out)
    assert [(one["address"], one["name"], one["vip"]) for one in listed] == [
        ("wang@customer.example", "王总", True),
        ("zhao@customer.example", "赵敏", False),
    ]
    [ticket] = json.loads(faultdesk("tickets", "--json").out)
    assert (ticket["level"], ticket["requester"]) == ("vip", "wang@customer.example")
    file.write_text(FILE.replace("三楼", "四楼"))
    assert faultdesk("people", "import", str(file)).out == "0 are new, 1 are changed, 1 stay as they were\n"


def test_one_mistake_and_nothing_is_imported(tmp_path: Path, at: Callable[[Path], Faultdesk]) -> None:
    file = tmp_path / "people.csv"
    with Daemon(tmp_path / "desk") as daemon:
        faultdesk = at(daemon.folder)
        file.write_text(FILE + "Paul,pm@example.com,,,,\n")
        refused = faultdesk("people", "import", str(file))
        assert (refused.status, refused.out) == (1, "")
        assert "line 4: pm@example.com is the address of a member of staff" in refused.err
        file.write_text(FILE + "Nobody,nobody,,,,\n")
        assert "line 4: address: 'nobody' is no mail address" in faultdesk("people", "import", str(file)).err
        assert "is empty" in faultdesk("people", "list").out
    assert "which file?" in faultdesk("people", "import").err
    assert faultdesk("people", "import", str(tmp_path / "none.csv")).status == 1
