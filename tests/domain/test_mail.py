from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.mail import Verdict, subject_tags, thread_id, verdict, verify_thread_id
from bot.domain.messages import Mailbox, ParsedMail

MAIL = ParsedMail(
    digest="0" * 64,
    message_id="<1@example.com>",
    sender="anna@example.com",
    sender_name="Anna",
    sender_problem="",
    subject="Printer on floor 3",
    text="It smokes.",
    new_text="It smokes.",
    language="en",
    headers={"received-count": "3", "return-path": "<anna@example.com>"},
)
OWN = frozenset({"fault@desk.example"})
MONITORING = frozenset({"ups@example.com"})


def judged(envelope: str | None = None, *, headers: dict[str, str] | None = None, **changes: Any) -> Verdict:
    mail = replace(MAIL, headers=MAIL.headers | (headers or {}), **changes)
    return verdict(mail, envelope, OWN, MONITORING)


def test_a_person_is_a_person() -> None:
    found = judged("anna@example.com")
    assert found == Verdict("human", ())
    assert (found.opens_ticket, found.may_answer) == (True, True)


@pytest.mark.parametrize(
    ("headers", "kind"),
    [
        ({"auto-submitted": "no"}, "human"),
        ({"auto-submitted": "No (a person)"}, "human"),
        ({"auto-submitted": "auto-replied"}, "automatic"),
        ({"auto-submitted": "Auto-Generated; owner-email=x"}, "automatic"),
        ({"return-path": "<>"}, "automatic"),
        ({"return-path": ""}, "automatic"),
        ({"return-path": "<MAILER-DAEMON>"}, "automatic"),
        ({"x-autoreply": "yes"}, "automatic"),
        ({"x-autoreply": "no"}, "human"),
        ({"precedence": "auto_reply"}, "automatic"),
        ({"preference": "auto_reply"}, "automatic"),
        ({"x-post-messageclass": "9; Autoresponder"}, "automatic"),
        ({"x-post-messageclass": "1; Mail"}, "human"),
        ({"precedence": "bulk", "x-list-administrivia": "yes"}, "automatic"),
        ({"precedence": "Bulk"}, "no-answer"),
        ({"precedence": "list"}, "no-answer"),
        ({"calendar:method": "REPLY"}, "no-answer"),
        ({"calendar:method": "REQUEST"}, "human"),
        ({"precedence": "first-class"}, "human"),
        ({"list-id": "<users.example.com>"}, "no-answer"),
        ({"list-unsubscribe": "<mailto:x@example.com>"}, "no-answer"),
        ({"x-auto-response-suppress": "All"}, "no-answer"),
        ({"x-auto-response-suppress": "None"}, "human"),
        ({"x-faultdesk-loop": "1"}, "automatic"),
        ({"received-count": "50"}, "human"),
        ({"received-count": "51"}, "automatic"),
        ({"x-failed-recipients": "bert@example.com"}, "bounce"),
        ({"report:action": "failed"}, "bounce"),
        ({"x-precedence": "auto_reply"}, "automatic"),
        ({"report:message-id": "<2@example.com>"}, "human"),
    ],
)
def test_headers(headers: dict[str, str], kind: str) -> None:
    found = judged(headers=headers)
    assert found.kind == kind
    assert bool(found.reasons) == (kind != "human")


@pytest.mark.parametrize(
    ("envelope", "return_path", "kind"),
    [
        ("", "<anna@example.com>", "automatic"),
        ("<>", "<anna@example.com>", "automatic"),
        ("anna@example.com", "<>", "human"),
        (None, "<>", "automatic"),
        (None, "<anna@example.com>", "human"),
    ],
)
def test_the_envelope_counts_where_it_is_known(envelope: str | None, return_path: str, kind: str) -> None:
    assert judged(envelope, headers={"return-path": return_path}).kind == kind


def test_a_missing_return_path_says_nothing() -> None:
    mail = replace(MAIL, headers={"received-count": "0"})
    assert verdict(mail, None, OWN, MONITORING).kind == "human"


@pytest.mark.parametrize(
    ("sender", "kind"),
    [
        ("fault@desk.example", "automatic"),
        ("noreply@example.com", "no-answer"),
        ("no-reply@example.com", "no-answer"),
        ("github-noreply@example.com", "no-answer"),
        ("do_not_reply@example.com", "no-answer"),
        ("noreply2@example.com", "no-answer"),
        ("norbert@example.com", "human"),
        ("reply@example.com", "human"),
        ("mailer-daemon@example.com", "bounce"),
        ("postmaster@example.com", "human"),
        ("", "no-answer"),
    ],
)
def test_senders(sender: str, kind: str) -> None:
    assert judged(sender=sender, sender_problem="" if sender else "no From header").kind == kind


@pytest.mark.parametrize(
    "subject",
    [
        "Automatic reply: FD-7 Printer",
        "自动回复: 打印机",
        "自动回复：您的邮件已收到",
        "自動回覆: x",
        "Out of Office: Anna",
        "Out of Office AutoReply: Printer",
        "AUTO: Anna Li is out of the office (returning 05/01/2027)",
        "[Automatyczna odpowiedź] drukarka",
        "Respuesta automática: impresora",
        "Automatiskt svar: skrivare",
        "【自动回复】打印机",
        "AutoReply: x",
        "Abwesenheitsnotiz: x",
        "Réponse automatique : x",
        "您好（自动回复）",
        "来自张三的自动回复",
    ],
)
def test_vacation_replies(subject: str) -> None:
    assert judged(subject=subject).kind == "automatic"


@pytest.mark.parametrize(
    "subject",
    [
        "自动回复设置不了",
        "Out of office reply does not work in Outlook",
        "Automatic reply is sent twice",
        "邮件退信怎么办",
        "Auto login fails",
        "vacation calendar is empty",
        "Delivery Status Notification arrives daily, why?",
        "Undeliverable mail since noon",
        "不在办公室怎么用VPN",
        "Out of office",
        "Auto: printer",
        "Vacation",
        "不在办公室",
        "Fw: Undeliverable: report",
        "Re: failure notice",
        "已读标记丢失",
        "Automated message: disk 3 of the server is full",
        "Automatic reply - cannot be switched on",
        "Notification d'absence : Anna",
    ],
)
def test_people_write_about_vacation_replies_and_bounces_too(subject: str) -> None:
    assert judged("anna@example.com", subject=subject).kind == "human"


@pytest.mark.parametrize(
    ("sender", "subject"),
    [
        ("postmaster@example.com", "Undeliverable: FD-7"),
        ("postmaster@qq.example", "系统退信"),
        ("mailer-daemon@googlemail.example", "Delivery Status Notification (Failure)"),
        ("microsoftexchange329e71ec88ae4615bbc36ab6ce41109e@example.com", "未送达: FD-7"),
        ("", "failure notice"),
    ],
)
def test_bounces_that_are_no_delivery_report(sender: str, subject: str) -> None:
    assert judged(sender=sender, subject=subject).kind == "bounce"


def test_reports() -> None:
    assert judged(content_type="multipart/report", report_type="delivery-status").kind == "bounce"
    assert judged(content_type="multipart/report", report_type="disposition-notification").kind == "automatic"


def test_a_monitoring_sender_opens_a_ticket_from_automatic_mail_and_gets_no_answer() -> None:
    found = judged("", sender="ups@example.com", headers={"auto-submitted": "auto-generated"})
    assert (found.opens_ticket, found.may_answer) == (True, False)
    assert judged(sender="ups@example.com", headers={"x-faultdesk-loop": "1"}).kind == "automatic"


def test_automatic_mail_opens_nothing() -> None:
    found = judged("")
    assert (found.opens_ticket, found.may_answer) == (False, False)
    assert found.reasons == ("the null envelope sender",)


def test_three_nested_tags_are_two_desks_answering_each_other() -> None:
    assert judged(subject="[FD-7] Re: [#4711] Re: [Ticket#1]").kind == "automatic"
    assert judged(subject="[FD-7] Re: [#4711] printer").kind == "human"


@pytest.mark.parametrize(
    ("subject", "tags"),
    [
        ("Re: [FD-7] printer", (7,)),
        ("[fd-7] [FD-8] [FD-7]", (7, 8)),
        ("【FD-12】打印机", (12,)),
        ("[FD-07] [FD-0] [FD-] FD-7 [XX-7] [FD-７] [FD-9999999999]", ()),
    ],
)
def test_subject_tags(subject: str, tags: tuple[int, ...]) -> None:
    assert subject_tags(subject, "FD") == tags


IDS = st.integers(1, 10**17)


@given(st.binary(min_size=16, max_size=64), IDS, IDS)
def test_a_signed_id_comes_back(secret: bytes, ticket: int, row: int) -> None:
    message_id = thread_id(secret, ticket, row, "desk.example")
    assert verify_thread_id(secret, message_id) == (ticket, row)
    assert verify_thread_id(secret, f" {message_id.upper()} ") == (ticket, row)
    assert verify_thread_id(secret + b"x", message_id) is None


@given(IDS, IDS, IDS)
def test_a_token_is_good_for_its_own_row_alone(ticket: int, row: int, other: int) -> None:
    token = thread_id(b"secret", ticket, row, "h").split(".")[3]
    for forged in (f"<fd.{other}.{row}.{token}", f"<fd.{ticket}.{other}.{token}"):
        if other not in {ticket, row}:
            assert verify_thread_id(b"secret", forged) is None


@pytest.mark.parametrize(
    "forged",
    [
        "",
        "<>",
        "<fd.1.1.@h>",
        "<fd.1.1." + "a" * 32 + "@h>",
        "<fd.01.1." + "a" * 32 + "@h>",
        "<fd.1.1@h>",
        "fd.1.1.x@h",
    ],
)
def test_nothing_else_is_taken(forged: str) -> None:
    assert verify_thread_id(b"secret", forged) is None


def test_the_token_has_160_bits_and_the_id_is_plain() -> None:
    message_id = thread_id(b"secret", 17, 345, "desk.example")
    assert message_id.startswith("<fd.17.345.")
    assert message_id.endswith("@desk.example>")
    assert len(message_id.split(".")[3].partition("@")[0]) == 160 / 5


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("这是什么邮件？\n\nFrom: Bo <bo@example.cn>\nSubject: 自动回复\n\n此邮件为自动回复，请勿回信。", "human"),
        ("帮我看看。\n\n---------- 转发的邮件 ----------\n发件人： Bo\n\n此邮件为自动回复，请勿回信。", "human"),
        ("See below.\n\n-----Original Message-----\nThis is an automatic reply. We have your mail.", "human"),
        ("此邮件为自动回复，请勿回信。\n\n发件人： fault@desk.example\n主题： [FD-1]", "automatic"),
        ("From: Bo\n\nThis is an automatic reply. We have your mail.", "human"),
    ],
)
def test_whoever_passes_on_a_machines_mail_is_a_person(text: str, kind: str) -> None:
    assert judged(subject="打印机", text=text, new_text=text).kind == kind


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Out of office", "Thank you for your e-mail. I am out of the office until Tuesday."),
        ("Auto: printer", "I will be away until 5 January. This is an automated response to your message."),
        ("AutoReply - Anna Li", "Thank you for your message. I am away."),
        ("不在办公室", "您的来信已收到，我正在休假，回来后尽快回复。"),
        ("Abwesend", "Ich bin bis Montag nicht im Haus."),
        ("Hello", "This is an automatic reply. We have your mail."),
        ("打印机", "此邮件为自动回复，请勿回信。"),
    ],
)
def test_a_doubtful_subject_counts_only_above_the_words_of_a_machine(subject: str, text: str) -> None:
    assert judged(subject=subject, text=text, new_text=text).kind == "automatic"
    assert judged(subject=subject).kind == "human"


def test_a_doubtful_vacation_reply_goes_to_one_person() -> None:
    to = (Mailbox("", "a@example.com"), Mailbox("", "b@example.com"))
    words: dict[str, Any] = {"subject": "Out of office", "new_text": "I am out of the office on Friday."}
    assert (judged(to=to, **words).kind, judged(to=to[:1], **words).kind) == ("human", "automatic")


@pytest.mark.parametrize("name", ["x-auto-reply", "x-mail-autoreply", "x-autoresponse", "x-vacation"])
def test_headers_of_vacation_programs(name: str) -> None:
    assert judged(headers={name: "yes"}).kind == "automatic"
    assert judged(headers={"x-apple-action": "VACATION"}).kind == "automatic"
    assert judged(headers={"x-cron-env": "<SHELL=/bin/sh>"}).kind == "no-answer"


@pytest.mark.parametrize("subject", ["已读：打印机坏了", "Read receipt: printer", "Gelesen: Drucker"])
def test_read_receipts_that_are_no_reports(subject: str) -> None:
    assert judged(subject=subject).kind == "automatic"
