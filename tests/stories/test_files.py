"""Pictures, voice and files in the private chat, both ways (issue 6): kept, mailed with a reply, shown when asked for."""

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

import bot.commands.files
import bot.files
import bot.printing.press
from bot.cli.sheet import _made
from bot.operations import sheet as asked_for
from bot.printing.press import PressError
from storage.models import attachment
from tests.bot.pictures import PHOTO as PICTURE
from tests.stories.story import Heard
from tests.stories.telegram import ANNA, DESK, GROUP, LEO, TelegramStory

pytestmark = pytest.mark.usefixtures("database")

BOB = "Bob Miller <bob@customer.example>"
PHOTO, VOICE, LOG = b"\xff\xd8\xff photo " * 900, b"OggS voice", b"line\n" * 50
MOST = 20 * 2**20


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """What fails is asked for again at once."""
    monkeypatch.setattr(bot.files, "PAUSES", (0.0, 0.01, 0.01))
    monkeypatch.setattr(bot.commands.files, "MOST_MAILED", len(PHOTO))


def files_in(mail: Heard) -> dict[str, bytes]:
    return {str(one.get_filename()): one.get_content() for one in mail.mail.iter_attachments()}


MADE = bot.printing.press._made


async def dies_of_pictures(module: str, what: Any) -> bytes:
    if module.endswith("pictures"):
        raise PressError("the printing child failed")
    return await MADE(module, what)


async def taken(desk: TelegramStory, **files: bytes) -> dict[str, Any]:
    """Anna has FD-1; gives its details as they stand in her private chat."""
    await desk.mail(BOB, "Printer jam", "It smokes.", files={"smoke.png": b"\x89PNG\r\n\x1a\n" + PHOTO, **files})
    desk.hears("requester", "confirmation")
    await desk.writes(ANNA, "/take 1")
    desk.hears("requester", "assigned")
    await desk.writes(ANNA, "/ticket 1", ANNA)
    return desk.telegram.sent(ANNA)[-1]


async def test_what_staff_sends_is_kept_and_mailed_only_with_a_reply(tmp_path: Path) -> None:
    async with TelegramStory(tmp_path / "desk", desk={"reply_seconds": 10}) as desk:
        fake, details = desk.telegram, await taken(desk)
        photo = [fake.holds(b"small"), fake.holds(PHOTO)]
        await desk.writes(ANNA, "", ANNA, photo=photo, reply_to=details["message_id"])
        desk.reads(ANNA, "📎 photo-", "(9 KB, not scanned) is kept on FD-1; it is not mailed")
        await desk.writes(ANNA, "", ANNA, voice=fake.holds(VOICE, mime_type="audio/ogg"), caption="17")
        desk.reads(ANNA, "There is no FD-17")
        await desk.writes(ANNA, "", ANNA, voice=fake.holds(VOICE, mime_type="audio/ogg"), caption="FD-1 what I heard")
        desk.reads(ANNA, "voice-", "is kept on FD-1")
        await desk.writes(ANNA, "", ANNA, document=fake.holds(LOG + b"3"), caption="/way 1")
        assert "FD-1" in desk.screen(ANNA)[-2]
        for caption in (dict[str, Any](caption="/reply 1 These two, please."), dict[str, Any]()):
            log = fake.holds(LOG, file_name=f"log{len(caption)}.txt")
            await desk.writes(ANNA, "", ANNA, document=log, media_group_id="7", **caption)
        await desk._settled()
        assert [one for one in desk.screen(ANNA)[-3:] if "goes with your mail" in one] == desk.screen(ANNA)[-2:]
        await desk.passes(minutes=1)
        assert files_in(desk.hears("requester", "reply", "These two, please.")) == {"log1.txt": LOG, "log0.txt": LOG}
        fake.say(ANNA, ANNA, document=fake.holds(LOG, file_name="late.txt"), media_group_id="7")
        await desk._settled()
        desk.reads(ANNA, "late.txt", "your mail had already left")
        await desk.writes(ANNA, "/ticket 1", ANNA)
        desk.reads(ANNA, "photo-", "what I heard", "log1.txt", "not scanned")
        await desk.writes(DESK, "/files 1", DESK)
        assert sorted(data for chat, _, data in fake.files if chat == DESK) == sorted(
            [b"\x89PNG\r\n\x1a\n" + PHOTO, PHOTO, VOICE, LOG, LOG + b"3"]
        )


async def test_the_words_below_a_later_file_of_an_album_are_those_of_all(tmp_path: Path) -> None:
    """Telegram shows an album's words below all of it, whichever file has them."""
    async with TelegramStory(tmp_path / "desk", desk={"reply_seconds": 10}) as desk:
        fake = desk.telegram
        await taken(desk)
        before = len(desk.screen(ANNA))
        for name, words in (("a.txt", ""), ("b.txt", ""), ("c.txt", "FD-1 the log"), ("d.txt", "")):
            fake.say(ANNA, ANNA, document=fake.holds(LOG, file_name=name), media_group_id="8", caption=words)
            await desk._settled()
        await desk.passes(minutes=1)
        said = desk.screen(ANNA)[before:]
        kept = [one.partition(" (")[0] for one in said]
        assert sorted(kept) == [f"📎 {name}.txt" for name in "abcd"], said
        for name in ("e.txt", "f.txt"):
            fake.say(ANNA, ANNA, document=fake.holds(LOG, file_name=name), media_group_id="10")
        await desk._settled()
        assert len(desk.screen(ANNA)) == before + 4
        await desk.passes(minutes=1)
        asked = desk.screen(ANNA)[before + 4 :]
        assert [one.partition("?")[0] for one in asked] == ["Which ticket is the file about"]
        for words in ("", "/reply 1 See the logs."):
            fake.say(ANNA, ANNA, document=fake.holds(LOG), media_group_id="11", caption=words)
        await desk._settled()
        await desk.passes(minutes=1)
        assert len(files_in(desk.hears("requester", "reply", "See the logs."))) == 2


async def test_what_is_not_kept_is_said_and_nothing_is_mailed_without_it(tmp_path: Path) -> None:
    """Too large, lost on the way, empty, in a group, on no ticket, of a stranger; what fails for a while is brought."""
    async with TelegramStory(tmp_path / "desk") as desk:
        fake, details = desk.telegram, await taken(desk)
        here = {"reply_to": details["message_id"]}
        for file, more, said in (
            (fake.holds(LOG), {}, "Which ticket is the file about?"),
            (fake.holds(b"x", size=MOST + 1), {"caption": "/reply 1 The film."}, "up to 20 MB"),
            (fake.holds(b"x", size=MOST + 1), here, "up to 20 MB"),
            (fake.holds(b""), {"caption": "FD-1"}, "is empty"),
            ({"file_id": "gone"}, {"caption": "/reply 1 Look."}, "could not get the file from the chat"),
            (fake.holds(PHOTO * 2), {"caption": "/reply 1 Look."}, "A mail carries up to 9 KB"),
        ):
            before = len(desk.screen(ANNA))
            await desk.writes(ANNA, "", ANNA, document=file, **more)
            assert len(desk.screen(ANNA)) == before + 1, said
            assert said in desk.screen(ANNA)[-1], (said, desk.screen(ANNA)[-2:])
        await desk.writes(ANNA, "", sticker={"file_id": "s"}, reply_to=desk.card()["message_id"])
        desk.reads(GROUP, "cannot be kept")
        for _ in range(2):
            fake.say(GROUP, ANNA, photo=[fake.holds(PHOTO)], reply_to=desk.card()["message_id"], media_group_id="9")
        await desk._settled()
        assert len([one for one in desk.screen(GROUP) if "belong in our private chat" in one]) == 1
        await desk.writes(ANNA, "", photo=[fake.holds(PHOTO)], caption="/note 1 It is the fuser.")
        desk.reads(GROUP, "belong in our private chat")
        fake.user(LEO, "Leo")
        await desk.writes(LEO, "", LEO, document=fake.holds(LOG), caption="/note 1 x")
        assert (
            fake.called("getFile")[-1].args["file_id"]
            == fake.called("download")[-1].args["file"]
            != f"P{len(fake.uploads)}"
        )
        fetched = len(fake.called("download"))
        fake.fault("getFile", status=500)
        fake.fault("download", cut="after")
        await desk.writes(ANNA, "", ANNA, document=fake.holds(LOG, file_name="../../at last.txt"), **here)
        desk.reads(ANNA, "📎 at last.txt (250 B, not scanned) is kept on FD-1")
        assert len(fake.called("download")) == fetched + 2
        await desk.writes(ANNA, "/ticket 1", ANNA)
        desk.reads(ANNA, "at last.txt", "It is the fuser.")


async def test_pictures_stand_on_the_service_sheet_if_their_sender_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SP-4.1: below the picture or for all that were sent; what is no picture is refused; the user gets one PDF.

    A picture over which the printing child dies stops no sheet: it is printed without them.
    """
    async with TelegramStory(tmp_path / "desk") as desk:
        fake, details = desk.telegram, await taken(desk)
        await desk.writes(ANNA, "", ANNA, photo=[fake.holds(PICTURE)], reply_to=details["message_id"])
        desk.reads(ANNA, "to show it on the service sheet: /picture FD-1")
        await desk.writes(ANNA, "", ANNA, document=fake.holds(LOG, file_name="log.txt"), caption="/picture 1")
        desk.reads(ANNA, "JPEG and PNG pictures only")
        await desk.writes(ANNA, "", ANNA, photo=[fake.holds(PICTURE + b"2")], caption="/照片 1 the worn roller")
        desk.reads(ANNA, "is kept on FD-1 and stands on its service sheet.")
        assert "FD-1: 1 picture stands on the service sheet, which the user gets" in desk.screen(ANNA)[-2]
        await desk.writes(ANNA, "/picture 1", ANNA)
        desk.reads(ANNA, "FD-1: 2 pictures stand")
        await desk.writes(ANNA, "/picture 1 none", ANNA)
        desk.reads(ANNA, "FD-1: no pictures stand")
        await desk.writes(ANNA, "/undo 1", ANNA)
        monkeypatch.setattr(bot.printing.press, "_made", dies_of_pictures)
        await desk.writes(ANNA, "/sheet 1", ANNA)
        await fake.until(lambda: any(name == "FD-1.pdf" for _, name, _ in fake.files))
        assert fake.files[-1][2].startswith(b"%PDF-")
        assert b"/Subtype/Image" not in fake.files[-1][2]
        monkeypatch.setattr(bot.printing.press, "_made", MADE)
        await desk.writes(ANNA, "/solve 1 Roller replaced.")
        desk.forget()
        await desk.writes(DESK, "/check 1 ok", DESK)
        sheet = await desk.hears_soon("requester", "sheet", "2, at the end")
        (document,) = files_in(sheet).values()
        assert b"/Subtype/Image" in document
        html, *shown = next(one for one in sheet.mail.walk() if one.get_content_subtype() == "related").iter_parts()
        named = re.findall('<img src="cid:([^"]*)" alt="([^"]*)"', html.get_content())
        assert [f"<{one}>" for one, _ in named] == [one["Content-ID"] for one in shown]
        assert [words.endswith("the worn roller") for _, words in named] == [False, True]
        facts = (await desk.app.store.read(lambda db: asked_for(desk.app.work(db), 1, "service")))["sheet"]
        alone = await asyncio.to_thread(_made, desk.app.settings, "en", facts, "html")
        assert alone.count(b'<img src="data:image/jpeg;base64,') == 2
        assert b"cid:" not in alone
        await desk.writes(ANNA, "/picture 1 none", ANNA)
        desk.reads(ANNA, "is checked and cannot be changed")
        back = {f"image00{place}.jpg": one.get_content() for place, one in enumerate(shown)}
        back |= {"FD-1.pdf": document, "new.jpg": PICTURE + b"3"}
        await desk.mail(BOB, "Re: sheet", "Look here.", answers=sheet, files=back)
        desk.forget()
        await desk.writes(ANNA, "/ticket 1", ANNA)
        desk.reads(ANNA, "new.jpg")
        assert not [name for name in ("image00", "FD-1.pdf") if name in desk.screen(ANNA)[-1]]
        await desk.writes(DESK, "/trace 1", DESK)
        desk.reads(DESK, "3 of its files are our own")


async def test_what_the_requester_sent_is_shown_in_private_when_asked_for(tmp_path: Path) -> None:
    async with TelegramStory(tmp_path / "desk") as desk:
        fake, details = desk.telegram, await taken(desk, **{"log.txt": LOG, "fake.jpg": b"MZ no picture"})
        await desk.taps(ANNA, details, "Files")
        shown = [one for one in fake.sent(ANNA) if one["message_id"] > details["message_id"]]
        for words in (
            "FD-1: 3 files",
            "1. smoke.png",
            "2. log.txt (250 B, not scanned)",
            "have not been checked for viruses",
        ):
            assert words in shown[0]["caption"]
        assert [("photo" in one, "document" in one) for one in shown] == [(True, False), (False, True), (False, True)]
        assert [data for _, _, data in fake.files] == [b"\x89PNG\r\n\x1a\n" + PHOTO, LOG, b"MZ no picture"]
        await desk.writes(ANNA, "/files 1 2")  # asked in the group: in private all the same
        assert fake.files[3:] == [(ANNA, "log.txt", LOG)]
        await desk.writes(ANNA, "/文件 1 9", ANNA)
        desk.reads(ANNA, "FD-1 has 3 files", "/files FD-1 1")
        await desk.restarts()
        counted_otherwise = update(attachment).values(part=3 - attachment.c.part).where(attachment.c.part < 3)
        await desk.app.store.write(lambda db: db.execute(counted_otherwise))  # by another version
        await desk.writes(ANNA, "/files 1 1", ANNA)
        assert fake.files[4:] == [(ANNA, "smoke.png", b"\x89PNG\r\n\x1a\n" + PHOTO)]
