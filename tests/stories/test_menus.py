"""The menus of commands at Telegram: by role and language, renewed at each change, gone with the account (issue 6)."""

from pathlib import Path

import pytest

import bot.menus
from tests.stories.telegram import ANNA, DESK, PM, TelegramStory, people_with_mail

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bot.menus, "PAUSE", 0.01)
    monkeypatch.setattr(bot.menus, "REST", 0.01)


async def test_menus_follow_roles_languages_and_accounts(tmp_path: Path) -> None:
    chinese = [{**one, "language": ""} if one["handle"] == "desk" else one for one in people_with_mail()]
    async with TelegramStory(tmp_path / "desk", people=chinese) as desk:
        fake, menus = desk.telegram, desk.telegram.menus
        await fake.until(lambda: len(menus) == 9)
        assert set(menus) == {
            *((scope, language) for scope in ("default", "all_group_chats", str(DESK)) for language in ("", "zh")),
            *((str(one), "") for one in (ANNA, 502, PM)),
        }
        assert set(menus["default", ""]) == {"help", "whoami"}
        assert menus[str(ANNA), ""]["arrived"] == "You are with the user"
        assert menus["all_group_chats", "zh"]["arrived"] == "已到用户处"
        assert "new" not in menus["all_group_chats", "zh"]
        assert {"arrived", "solve"} <= set(menus[str(ANNA), ""]) - set(menus[str(DESK), ""])
        assert {"new", "helped"} <= set(menus[str(DESK), "zh"]) - set(menus[str(ANNA), ""])
        assert "extend" in menus[str(PM), ""]
        called = len(fake.called("setMyCommands"))
        await desk.restarts()
        people = [
            {**one, "roles": ["resident", "desk"], "language": "zh"} if one["handle"] == "anna" else one
            for one in chinese
        ]
        fake.fault("setMyCommands", status=500)
        await desk.reloads(people=people, customers=desk._how["customers"], chat=desk.settings.chat)
        await fake.until(lambda: menus[str(ANNA), ""].get("arrived") == "已到用户处")
        assert "helped" in menus[str(ANNA), ""]
        assert len(fake.called("setMyCommands")) == called + 2  # the one that failed, and once more
        await desk.writes(ANNA, "/unlink", ANNA)
        await fake.until(lambda: (str(ANNA), "") not in menus)
        assert len(menus) == 8
        desk.forget()
