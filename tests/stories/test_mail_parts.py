"""What people see of the parts of a mail: files without the logos of a signature, and what could not be read."""

from collections.abc import Callable
from email.message import EmailMessage

from tests.stories.story import Story

Begin = Callable[..., Story]
BOB = "Bob Miller <bob@customer.example>"
CUSTOMER = {"key": "acme", "domains": ["customer.example"], "locale": "en"}
PNG = b"\x89PNG\r\n\x1a\n"
LOGO, ICON, PHOTO = PNG + b"logo" * 1_000, PNG + b"icon", PNG + b"photo" * 1_000


def with_pictures(subject: str, **pictures: bytes) -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = BOB, "fault@desk.example", subject
    mail["Message-ID"] = f"<{subject.replace(' ', '.')}@customer.example>"
    mail.set_content(subject)
    mail.add_alternative(f"<p>{subject}</p>", subtype="html")
    page = mail.get_payload(1)
    assert isinstance(page, EmailMessage)
    for name, data in pictures.items():
        page.add_related(data, "image", "png", cid=f"<{name}>", filename=f"{name}.png", disposition="inline")
    return mail.as_bytes()


async def test_the_logos_of_a_signature_are_not_among_the_files_that_an_engineer_sees(story: Begin) -> None:
    async with story(customers=[CUSTOMER]) as desk:
        pictures = {"logo": LOGO, "icon": ICON, "photo": PHOTO}
        await desk.raw_mail(with_pictures("The printer smokes", **pictures), "bob@customer.example")
        first = desk.sees_card()
        await desk.presses("anna", first, "Details")
        assert "icon.png" not in desk.hears("anna", "details", "photo.png", "logo.png").words
        await desk.raw_mail(with_pictures("The screen is dark", logo=LOGO, other=PHOTO + b"2"), "bob@customer.example")
        await desk.presses("anna", desk.sees_card(), "Details")
        assert "logo.png" not in desk.hears("anna", "details", "other.png").words
        await desk.presses("anna", first, "Details")
        assert "logo.png" not in desk.hears("anna", "details", "photo.png").words
        desk.forget()


async def test_the_requester_hears_what_could_not_be_read(story: Begin) -> None:
    async with story(customers=[CUSTOMER]) as desk:
        text = "Secret\n\n-----BEGIN PGP MESSAGE-----\n\nhQEMA\n-----END PGP MESSAGE-----"
        await desk.mail(BOB, "Printer", text, files={"photo.jpg": b""})
        left = ("an encrypted part, which we cannot open", "1 of its files, which arrived empty (0 bytes)")
        told = desk.hears("bob@customer.example", "confirmation", *left)
        await desk.presses("anna", desk.sees_card(), "Details")
        desk.hears("anna", "details", "Not kept or not readable: an encrypted part")
        await desk.mail(BOB, "Re: Printer", text, answers=told)
        desk.hears("group", "answer_group")
        desk.hears("desk", "answer", "an encrypted part, which we cannot open")


async def test_the_whole_of_an_answer_is_one_command_away(story: Begin) -> None:
    async with story(customers=[CUSTOMER]) as desk:
        await desk.mail(BOB, "Printer", "It smokes.")
        told = desk.hears("bob@customer.example", "confirmation")
        old = "On Mon, 2 Nov 2026, Desk <desk@desk.example> wrote:\n\n> What colour is the smoke?\n> And since when?"
        await desk.mail(BOB, "Re: Printer", f"Black, since noon.\n\n{old}", answers=told)
        desk.forget()
        await desk.says("anna", "/ticket 1 full", where="anna")
        whole = desk.hears("anna", "details", "Black, since noon.", "> What colour is the smoke?")
        assert "It smokes." not in whole.words
        await desk.says("anna", "/ticket 1", where="anna")
        assert "colour" not in desk.hears("anna", "details", "It smokes.").words
