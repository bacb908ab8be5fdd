"""What lapsed promises cost by the contract, for the project manager alone (SP-4.4)."""

from collections.abc import Callable

from tests.stories.story import Story

Begin = Callable[..., Story]
BOB = "Bob Miller <bob@customer.example>"
CUSTOMER = {"key": "acme", "name": "Acme", "domains": ["customer.example"], "locale": "en"}
TERMS = {"compensation": {"response": 50, "resolve": 200}, "compensation_most": 300}


async def test_lapsed_promises_are_reckoned_month_by_month(story: Begin) -> None:
    """Kept ones, spam and what is not due yet cost nothing; one that lapsed and was kept late does."""
    async with story(start="2026-11-30 09:00", customers=[{**CUSTOMER, **TERMS}]) as desk:
        for number in range(1, 4):
            await desk.mail(BOB, f"Fault {number}")
        await desk.says("anna", "/take 1")
        await desk.says("anna", "/reply 1 I come.")
        await desk.says("desk", "/junk 3")
        await desk.at("2026-11-30 11:00")
        await desk.says("anna", "/take 2")
        await desk.says("anna", "/reply 2 I come.")
        desk.forget()
        await desk.says("pm", "/compensation", where="pm")
        told = desk.hears(
            "pm", "compensation", "Acme, 2026-11: 50.0 CNY", "Response: 1 × 50.0", "FD-2 response, due Mon"
        )
        assert "FD-1" not in told.words
        await desk.at("2026-11-30 17:00")
        desk.forget()
        await desk.says("pm", "/赔付 2026-11", where="pm")
        desk.hears("pm", "compensation", "300.0 CNY (450.0, limited by the contract)", "Solution: 2 × 200.0")
        await desk.says("pm", "/compensation 2026-10", where="pm")
        desk.hears("pm", "compensation", "Nothing is due.")
        await desk.says("desk", "/compensation", where="desk")
        desk.hears("speaker", "phrase", "may not do this")


async def test_without_terms_it_says_so(story: Begin) -> None:
    async with story() as desk:
        await desk.says("pm", "/compensation", where="pm")
        desk.hears("pm", "compensation", "grants compensation (customers.compensation)")
