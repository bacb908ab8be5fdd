"""Automatic answers that no header marks, in further words; and people's mails that look like them."""

import pytest

from tests.domain.test_mail import judged

ANSWERS = (
    (
        "Re: Laptop",
        "Thanks for contacting Acme Support! Your ticket #88 has been created. We aim to respond within a day.",
    ),
    ("Re: Laptop", "Your message has been received. Due to high volume, responses may take 3 days."),
    ("AW: Laptop", "Ihre Anfrage ist bei uns eingegangen. Unser Team wird sich in Kürze bei Ihnen melden."),
    ("Re: 电脑", "您的工单已创建，工程师会尽快联系您。"),
    ("您的工单已创建：T12", "您好，您的邮件已进入工单系统。\n\n工单号：T12\n主题：电脑坏了"),
    ("Re: 电脑", "您的工单已收到，请耐心等待管理员回复。"),
    (
        "[Ticket 7] Laptop",
        "We've received your support request and will get back to you soon.\n\nYour message:\nLaptop broken",
    ),
    (
        "Ticket opened",
        "A support ticket request has been created and a representative will be getting back to you shortly.",
    ),
    ("Re: Laptop", "Votre demande a bien été enregistrée. Nous vous répondrons dans les plus brefs délais."),
    ("Re: Portátil", "Su solicitud ha sido registrada. Nos pondremos en contacto con usted lo antes posible."),
)
ALONE = (
    ("Re: Laptop", "This is an automated message. I only read mail twice a day."),
    ("Re: Laptop", "This mailbox is no longer monitored. Please direct inquiries to hello@acme.example."),
    ("Re: Laptop", "Thank you for your message. I’m currently out of the office until 12 August."),
    (
        "Re: Laptop",
        "I am on leave until 5 August. For other inquiries write to desk@acme.example or call +49 30 123 45 67.",
    ),
    (
        "AW: Laptop",
        "Vielen Dank für Ihre E-Mail! Ich befinde mich im Urlaub. Für dringende Anliegen: info@firma.example.",
    ),
    ("Re: 电脑", "9月至11月我正在休假,如有急事请邮件留言。"),
    ("Re: パソコン", "11月まで休暇中です。お急ぎの場合はメールにてご連絡ください。"),
    ("Re: 电脑", "您好，邮件我已经收到，我会尽快给您回复。祝工作顺利！"),
    ("Re: Laptop", "Auto-reply: I'm travelling and back on 8 October."),
    ("Auto: Re: Laptop", "Working reduced hours. Responses may be slow."),
    ("Out of the office for the holidays", "I am out of the office. In case of emergency call Bo."),
    ("Fuera de la oficina — respuesta automática", "Estaré fuera de la oficina hasta el lunes."),
)
PEOPLE = (
    "I have received your message, we will contact the vendor soon.",
    "Your request was received, thank you. Our team tried it and the printer still jams.",
    "The ticket was created yesterday and nobody got back to me within a day. What is going on?",
    "We received your message and will contact our supplier within two days.",
    "An email was received from a customer. We process orders within 2 days, the form shows none of them.",
    "This mailbox is no longer active since the move. I get no mail.",
    "This is an automated message that I keep getting: 'disk full'. Please have a look.",
    "Auto-reply: I cannot switch it off since yesterday.",
    "I am out of the office until Friday, so come after that.",
    "Ihre Nachricht habe ich erhalten, ich melde mich in Kürze mit der Seriennummer.",
    "我的工单已提交三天了，客服说会尽快处理，到现在没人联系。",
    "您的问题我已经收到，我们会尽快安排工程师联系您，请把序列号发我。",
    "提交后显示您的工单已创建，工单号：12，但是一直没人处理。",
    "邮件我已经收到，我会尽快装好驱动再给您回复，电脑先放着。",
    "我明天休假，钥匙在前台，你们直接来修就行。",
    "Your order has been shipped and will be delivered within 2 days.",
)


@pytest.mark.parametrize(("subject", "text"), ANSWERS)
def test_another_desk_says_that_a_mail_has_come(subject: str, text: str) -> None:
    assert judged(subject=subject, text=text, new_text=text).kind == "automatic"
    assert judged(subject=f"Fwd: {subject}", text=text, new_text=text).kind == "human"


@pytest.mark.parametrize(("subject", "text"), ALONE)
def test_an_answer_in_no_person_s_words_is_automatic(subject: str, text: str) -> None:
    assert judged(subject=subject, references=("<fd.1@x>",), text=text, new_text=text).kind == "automatic"


@pytest.mark.parametrize(
    "subject", ["Fwd: Automatic reply: laptop", "WG: Automatische Antwort: Laptop", "转发: 自动回复"]
)
def test_whoever_forwards_an_automatic_reply_without_a_word_is_a_person(subject: str) -> None:
    text = "This is an automatic reply. I am out of the office until 5 May and will answer when I am back."
    assert judged(subject=subject, references=("<fd.1@x>",), text=text, new_text=text).kind == "human"


@pytest.mark.parametrize("text", PEOPLE)
@pytest.mark.parametrize("references", [(), ("<fd.1@x>",)])
def test_people_s_words_stay_theirs(text: str, references: tuple[str, ...]) -> None:
    assert judged(subject="Re: [FD-3] Laptop", references=references, text=text, new_text=text).kind == "human"


def test_exchange_marks_what_a_mailbox_s_rule_answers() -> None:
    rule = {"x-ms-exchange-inbox-rules-loop": "anna@example.com"}
    assert judged(headers=rule | {"x-auto-response-suppress": "All"}).kind == "automatic"
    assert judged(headers=rule).kind == "human"
