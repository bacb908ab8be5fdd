"""Devices under warranty: what was promised for them holds, arrival on site and another device included (SP-2.9)."""

from collections.abc import Callable

from bot.control import IMPORTS
from bot.domain.devices import read_devices
from tests.stories.story import Story

Begin = Callable[..., Story]
BOB = "Bob Miller <bob@customer.example>"
KINDS = {"devices": {"server": "warranty-critical", "pc": "warranty"}}
DEVICES = b"tag,kind,accepted\nSRV-1,Server,2025-03-01\nSRV-9,Server,2020-03-01\nPC-0117,PC,2025-03-01\n"


async def with_devices(desk: Story) -> None:
    entries, mistakes = read_devices(DEVICES, frozenset({"default"}))
    assert not mistakes
    asked = {"entries": [{name: getattr(one, name) for name in one.__slots__} for one in entries], "dry_run": False}
    now = desk.clock.now()
    await desk.app.store.write(lambda db: IMPORTS["devices"](db, desk.app.house, now, asked))


async def test_somebody_must_be_on_site_at_a_critical_device_and_a_call_does_not_do(story: Begin) -> None:
    async with story(start="2026-11-23 19:00", targets=KINDS) as desk:
        await with_devices(desk)
        await desk.mail(BOB, "Our srv-1 is down, as SRV-9 was")
        confirmed = "We will be on site by: Mon 23 Nov, 21:00", "Tue 24 Nov, 01:00", "Warranty, critical"
        desk.hears("requester", "confirmation", *confirmed)
        await desk.says("anna", "/take 1")
        await desk.says("anna", "/reply 1 I come.")
        clocks = await desk.clocks()
        assert (clocks["response"], clocks["arrival"]) == ("met", "running")
        desk.forget()
        await desk.at("20:00")
        alert = desk.hears("anna", "alert", "arrival on site")
        assert alert.chat
        assert "Arrived" in [one.label for line in alert.chat.buttons for one in line]
        await desk.says("anna", "/why 1 arrival")
        desk.hears("group", "why", "agreed for this device while its warranty runs: SRV-1", "Arrival on site")
        await desk.says("desk", "/item 1 antivirus")
        desk.sees_card("Warranty, critical")
        await desk.says("anna", "/arrived 1")
        assert (await desk.clocks())["arrival"] == "met"
        desk.forget()


async def test_whoever_waits_on_site_in_vain_is_told_so_once_in_her_language(story: Begin) -> None:
    async with story(start="2026-11-23 19:00", targets=KINDS) as desk:
        await with_devices(desk)
        for number, sender, subject in ((1, BOB, "Our srv-1 is down"), (2, "李雷 <li@customer.example>", "SRV-1 坏了")):
            await desk.mail(sender, subject)
            await desk.says("anna", f"/take {number}")
            await desk.says("anna", f"/reply {number} I come.")
        await desk.at("20:59")
        desk.forget()
        await desk.at("21:00")
        hers = desk.hears("bob@customer.example", "breach", "nobody has come to you in time", "Tue 24 Nov, 01:00")
        assert "We promised to come to you for FD-1 by Mon 23 Nov, 21:00, and did not." in hers.words
        desk.hears("li@customer.example", "breach", "没能按时到场", "前到现场处理，没有做到")
        desk.forget()
        await desk.at("22:31")
        assert not [one for one in desk._unheard if one.row.kind == "breach"]
        desk.forget()


async def test_past_its_day_another_device_is_due_and_out_of_warranty_nothing_is(story: Begin) -> None:
    async with story(start="2026-11-23 09:00", targets=KINDS) as desk:
        await with_devices(desk)
        await desk.mail(BOB, "PC-0117坏了")
        await desk.mail(BOB, "SRV-9 is down")
        await desk.says("anna", "/take 1")
        await desk.says("anna", "/take 2")
        await desk.says("anna", "/reply 1 I come.")
        await desk.says("anna", "/solve 2 A new disk.")
        await desk.says("anna", "/why 2")
        desk.hears("group", "why", "Advanced", "agreed for")
        await desk.at("2026-11-24 08:59")
        desk.forget()
        await desk.at("2026-11-24 09:00")
        await desk.passes(0.1)
        desk.hears("pm", "alert", "Warranty", "the user is due a replacement or loan device: /issue FD-1 TAG")
        desk.forget()
