"""What machines write: bounces and automatic replies that no header names, and people's mails that look like them."""

import pytest

from bot.domain import machine_mail
from tests.domain.test_mail import judged

RETURNED = "The following message could not be delivered:\n550 5.1.1 no such user\n\nReceived: from mx.example.com\n"


@pytest.mark.parametrize(
    "subject",
    ["Mail could not be delivered", "Returned mail: error", "Non remis : imprimante", "投递失败通知", "配信不能: 報告"],
)
def test_a_bounce_from_any_sender_is_known_by_its_subject_and_its_text(subject: str) -> None:
    assert judged(subject=subject, text=RETURNED, sender="gateway@example.com").kind == "bounce"
    assert judged(subject=subject, sender="gateway@example.com").kind == "human"
    assert judged(subject=f"Fw: {subject}", text=RETURNED).kind == "human"


@pytest.mark.parametrize("name", ["Mail Delivery Subsystem", "Postmaster", "系统管理员", "Courier mail server at mx"])
def test_a_mailers_name_counts_with_a_bounces_subject(name: str) -> None:
    assert judged(subject="Undeliverable: x", sender="x@example.com", sender_name=name).kind == "bounce"
    assert judged(subject="The printer", sender="x@example.com", sender_name=name).kind == "human"


def test_a_report_that_somebody_passes_on_is_a_person_s() -> None:
    report = {"report:action": "failed"}
    assert judged(headers=report, subject="Fw: Undelivered").kind == "human"
    assert judged(headers=report, subject="Fw: Undelivered", report_type="delivery-status").kind == "bounce"
    assert judged(headers=report, subject="Re: Undelivered", sender="", sender_problem="no address").kind == "bounce"


OPENINGS = [
    "This message was created automatically by mail delivery software.",
    "****** Message from InterScan ******\n\nThe following mail could not be delivered.",
    "Your message with Subject: printer\ncould not be delivered to the following recipients:",
    "Your message to <a@example.com> was automatically rejected:\nQuota exceeded",
    "*******\nVotre message n'a pas pu etre delivre a\na@example.com",
    "Ihre Nachricht konnte leider nicht zugestellt werden.",
    "很抱歉，您发送的邮件无法送达。",
    "您寄給 li@b.c 的郵件無法傳遞，原因：使用者不存在。",
    "Leider konnte Ihre Nachricht an li@b.c nicht zugestellt werden.",
    "Ваше письмо не было доставлено: li@b.c",
    "------- Failure Reasons  --------\n\nUser not listed in public Name & Address Book\nli@b.c",
]


@pytest.mark.parametrize("text", OPENINGS)
def test_a_bounce_is_known_by_the_words_it_opens_with(text: str) -> None:
    assert judged(subject="Mail delivery failed", text=text, sender="gateway@example.com").kind == "bounce"
    assert judged(subject="RE: printer : non remis (delivery failed)", text=text).kind == "bounce"
    assert judged(subject="printer", text=text, headers={"auto-submitted": "auto-replied"}).kind == "bounce"
    assert judged(subject="Fw: Mail delivery failed", text=text).kind == "human"
    assert judged(subject="Mail delivery failed", text=f"Hello,\n\nI got this, why?\n\n{text}").kind == "human"
    assert judged(subject="printer", text=text).kind == "human"


NOTICES = [
    '{"notificationType":"Bounce","bounce":{"bouncedRecipients":[{"emailAddress":"li@b.c","status":"5.1.1"}]}}',
    '[{"email":"li@b.c","smtp-id":"<1@example.com>","event":"bounce","status":"5.0.0"}]',
]


@pytest.mark.parametrize("text", NOTICES)
def test_a_sending_service_reports_a_bounce_as_json(text: str) -> None:
    assert judged(subject="Notification", text=text, sender="no-reply@service.example").kind == "bounce"
    assert judged(subject="What is this?", text=f"We got this:\n{text}").kind == "human"


def test_a_mail_returned_below_a_failure_needs_no_subject() -> None:
    text = f"{OPENINGS[-1]}\n\n------- Returned Message --------\nReceived: from mx.example.com\n"
    assert judged(subject="printer", text=text, sender="router@example.com").kind == "bounce"
    attached = {"report:message-id": "<1@x>"}
    assert judged(subject="Mail", text=OPENINGS[-1], sender="neko@example.com", headers=attached).kind == "bounce"
    assert judged(subject="Fw: Mail", text=OPENINGS[-1], headers=attached).kind == "human"
    assert judged(subject="Re: printer", text=text).kind == "human"


MACHINES = [
    ("no-reply@carrier.example", "メールエラー通知", "送信先のメールボックスが一杯のため、送信できませんでした。"),
    ("post_master@carrier.example", "Re: Test", "Error: Invalid user address\n\n550 - no such user here"),
    ("postmaster@example.com", "BANNED contents from you (.exe)", "Our content checker found a banned name"),
    ("administrator@example.de", "Fehler bei der Zustellung: Drucker", "Ihre Nachricht konnte nicht zugestellt werden"),
    ("mailer@example.cn", "您的邮件投递失败通知", "很抱歉，您的邮件投递失败。\n收件人：li@example.com"),
    ("system@example.com", "Delivery report", "The following recipients did not get it: user unknown"),
    ("postmaster@example.es", "Estado", "No se ha podido entregar el mensaje a los siguientes destinatarios."),
    ("postmaster@example.cn", "邮件退回通知", "由于收件人地址不存在，您的邮件被退回。"),
    ("gateway@example.com", "Mail blocked", "Your mail to li@b.c has been rejected: the type is not allowed."),
    ("service@example.cn", "您发送的邮件被退回", "您好：\n您于 11-02 发往 li@b.c 的邮件，因为对方邮箱已满被退回。"),
    ("no-reply@carrier.example", "Mail", "Your mail sent on: Mon, 2 Nov 2026\n Could not be delivered to: <li@b.c>"),
    ("", "failure notice", "li@b.c"),
    ("info@example.com", "Delivery failure (li@b.c)", "Your message has encountered delivery problems to li@b.c"),
]


@pytest.mark.parametrize(("sender", "subject", "text"), MACHINES)
def test_a_machine_that_returns_a_mail_or_names_an_error_sends_a_bounce(sender: str, subject: str, text: str) -> None:
    found = judged(sender=sender, subject=subject, text=text, headers={"report:message-id": "<1@x>"})
    assert found.kind == "bounce"


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Delivery Notification", "Your message was not accepted at the receiving domain."),
        ("Message undeliverable", "The recipient address is wrong. Original subject: x"),
        ("Returned mail", "li@b.example... Host unknown"),
        ("系统退信", "尊敬的用户：您好！很抱歉，您有一封邮件未能投递成功"),
        ("[Postmaster] Email Delivery Failure", "The following email has come to nothing: x"),
        ("Undeliverable: Printer", "That is not possible."),
        ("Undelivered mail", ""),
        ("Undelivered mail", "The mail system: host mx.example said: 552 5.2.2 over quota"),
    ],
)
def test_a_mail_server_that_names_the_other_mail_or_its_recipient_sends_a_bounce(subject: str, text: str) -> None:
    assert judged(subject=subject, text=text, sender="postmaster@example.com").kind == "bounce"


@pytest.mark.parametrize(
    ("sender", "subject", "text"),
    [
        ("system@example.com", "Delivery report for October", "Please find it attached."),
        ("noreply@monitor.example", "Mail delivery problem on mx1", "The queue grows: 40 times user unknown."),
        ("postmaster@example.com", "Re: You block us", "Your server is no longer on our list: try again."),
        ("administrator@example.cn", "磁盘满", "您好，服务器磁盘已满，无法写入，请处理。"),
        ("no-reply@forms.example", "New entry", "My document did not reach the printer."),
        ("zhang@example.cn", "邮件发送失败", "您好，您的邮箱系统今天无法登录，发送失败。"),
        (
            "anna@example.com",
            "white list",
            "Mail from them is held: put them on the white list, I can not click the link.",
        ),
        ("anna@example.com", "Vacation", "My notice is wrong: it says I am out of the office. Please change it."),
        ("anna@example.com", "Automatic reply", "My automatic reply does not work."),
        ("anna@example.com", "Away from desk, laptop locked", "I am away from my desk. Thanks for your message."),
        ("anna@example.com", "Read: access denied", "I cannot read the folder."),
        ("wang@example.cn", "休假", "我下周休假，请在我休假期间更换电脑。"),
        ("wang@example.cn", "已读回执", "已读回执怎么关闭"),
        ("wang@example.cn", "外出", "我下午外出，电脑请放前台。"),
        ("wang@example.cn", "休假", "休假回来后电脑密码过期，登录不了。"),
        ("wang@example.cn", "自动回复: 电脑蓝屏", "电脑蓝屏了，代码0x0000007B，重启也不行。"),
        ("anna@example.com", "Automatic reply: laptop", "My laptop does not start since the update."),
        ("anna@example.com", "Re: Automatic reply: laptop", "The mailbox of sales is full, customers complain."),
        ("wang@example.cn", "回复: 自动回复: 电脑", "我不在办公室，钥匙在前台。"),
        ("anna@example.com", "Auto reply", "Thanks for your message. My auto reply still shows the old dates."),
        ("anna@example.com", "Annual leave", "The annual leave form gives an error: 'no access to e-mail'."),
        ("anna@example.com", "Read receipt", "Everyone gets asked for a read receipt when I write. I want that off."),
        ("", "Ticket by unknown user", "This is a ticket submitted by an unknown user."),
        ("anna@example.com", "vacation", "Hi, I will be on vacation in August. Bob has the keys of the server room."),
        ("wang@example.cn", "休假", "我下周一到周三休假，电脑周四再修吧。"),
        ("wang@example.cn", "出差", "我目前出差在外，VPN 连不上，一直提示认证失败。"),
        ("anna@example.com", "On leave", "I am on leave and cannot log in from home: it says the account is locked."),
        ("anna@example.com", "Auto reply", "Hello, the printer jams all the time. Bob can let you in."),
        ("anna@example.com", "Automated", 'Your last mail said "This is an automated response". It helped nobody.'),
        ("wang@example.cn", "报表", "系统自动发送的报表邮件昨天没有收到。"),
        ("anna@example.com", "Vacation", "I will be on vacation. In an emergency call Ina. Please have my PC ready."),
        ("anna@example.com", "Vacation", "I will be out of the office from Monday. Please contact Sue Hill."),
        ("anna@example.com", "Maternity leave", "I am on maternity leave from Monday. My laptop is in room 12."),
        ("anna@example.com", "Read: not allowed", "I read that it was deleted, who did that?"),
        ("anna@example.com", "Auto reply wanted", "Thank you for your message. Can you set one for info@?"),
        ("anna@example.com", "Lu et approuvé : commande", "Veuillez trouver le bon de commande signé."),
        ("anna@example.com", "Out of office: wrong text", "My out of office says I return in 2025."),
        ("anna@example.com", "Re: Out of office: text", "It says 2025 now as well. Thanks for your email anyway."),
        ("wang@example.cn", "年假", "年假系统显示余额不对，麻烦核实。"),
        ("anna@example.com", "Annual leave", "Please give me access to the form, I am out of the office soon."),
    ],
)
def test_what_only_looks_like_a_machines_answer_opens_a_ticket(sender: str, subject: str, text: str) -> None:
    assert judged(sender=sender, subject=subject, text=text, new_text=text).opens_ticket


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Re: Printer [Out of office]", "Thank you for your message."),
        ("OOO Re: Printer", "I am out of the office."),
        ("Annual leave", "I am on annual leave until Monday."),
        ("休假中", "我正在休假，有急事请联系李明。"),
        ("Away until May 5", "I have limited access to email."),
        ("Thank you", "This is an auto-generated message. We have received your email."),
        ("Re: Printer", "I apologize for this automatic reply."),
        ("自动回复", "您好，您的邮件已收到，我会尽快回复。"),
        ("Re: 工单", "这是来自QQ邮箱的假期自动回复邮件。"),
        ("您好", "您的邮件我们已经收到，本邮件由系统自动发送，请勿回复。"),
        ("Out of office until 2 May: Re: printer", "I'm on maternity leave."),
        ("[Case 12] Request", "Thank you for contacting us. This is an automatic confirmation."),
        ("RE: printer", "Click on the link to have your address added to the recipient's allowed\nlist."),
        ("Please confirm", "Your message has been held. Prove that you are a person: click the link."),
        ("Please verify", "Your message was waitlisted. Add yourself to my guest list."),
        ("Read: Printer", "Your message\n\n  Subject: Printer\n\nwas read on Monday."),
        ("已读: 打印机", "已于 2026年11月2日 阅读"),
        ("Read receipt", "Your message was read on Monday."),
        ("Automatic reply: laptop", "Anna Bell, Purchasing"),
        ("Re: Automatic reply: laptop", "Thank you for your message. I am out of the office until Monday."),
        ("Return Receipt (displayed)", "Printer"),
        ("自动回复: 报修", "您好，我正在休假。打印机坏了请报修？"),
        ("[b.example #4711] AutoReply: printer", "A ticket was opened."),
        ("Automatsvar: printer", "Jeg er på ferie."),
        ("Automātiskā atbilde: printer", "Esmu prom."),
        ("Отсутствует на работе: printer", "Я в отпуске."),
        ("Anna Bell ist außer Haus.", "Ich werde ab 2.11. nicht im Büro sein und Ihre Nachricht danach beantworten."),
        ("AUTO: Anna Bell est absente", "Je suis absente jusqu'au 20/11/2026."),
        ("自动：李娜 不在办公室", "我不在办公室。\n注意：这是对您于 2026/11/02 发送的邮件的自动答复。"),
        ("Je suis absent du bureau", "Je suis absent du bureau. En cas d'urgence, appelez Luc."),
        ("休假通知", "本人休年假，无法及时查收邮件。如有紧急事宜，请联系李工。"),
        ("Eingangsbestätigung", "Wir haben Ihre Anfrage erhalten. Vielen Dank für Ihre automatisch generierte E-Mail."),
        ("Accusé de réception", "Nous avons bien reçu votre mail. Ceci est un message automatique."),
        ("Acuse de recibo", "Hemos recibido su mensaje. Este es un mensaje automático."),
        ("お問い合わせ", "このメールは自動返信です。"),
        ("Re: Printer", "I no longer work here. This is an automated message."),
        ("Maternity leave", "I am on maternity leave. Please direct your email to Bob."),
        ("I am on holiday until Monday", "Thanks for your message. I will answer when I am back."),
        ("Acme Service Autoreply", "Thank you for your email. We answer within two days."),
        ("Verification", "It is required that you verify that you are a real live human being: reply to this."),
        ("開封済み: プリンタ", "メッセージは開封されました。"),
        ("Abwesenheit bis 7. Januar", "Ich bin bis 7. Januar abwesend. Dank für Ihre Mail."),
        ("AW: Drucker - Abwesenheitsnotiz", "Ich bin am 4. Mai wieder erreichbar."),
        ("Absence du bureau", "Je suis actuellement absent. Pour toute urgence, contactez Marie."),
        ("出差中", "您好，我在国外出差，急事请微信联系。"),
        ("Re: Printer", "We received your email. *** This message was generated automatically ***"),
        ("您的问题已受理", "您的邮件已收到。本邮件为系统自动发送，请勿回复。"),
        ("【某公司】邮件自动回复", "尊敬的用户，您的邮件我们已收到。"),
        ("confirm unsubscribe", "Hi! This is the ezmlm program."),
        ("Not read: Printer", "Your message\n\nwas deleted without being read on Monday."),
    ],
)
def test_answers_of_programs_without_a_header_are_known(subject: str, text: str) -> None:
    assert judged(subject=subject, text=text, new_text=text).kind == "automatic"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("I am out of the office until Monday and will reply when I return.", "automatic"),
        ("您好，我目前休假中，期间无法及时查收邮件，紧急事宜请联系李明。", "automatic"),
        ("Ich bin bis zum 9.11. nicht im Büro. Ihre E-Mail wird nicht weitergeleitet.", "automatic"),
        ("I am out of the office today, can the engineer come tomorrow?", "human"),
        ("I'm away until Wednesday, please come then. Thank you for your message.", "human"),
        ("我明天出差，周五再来修吧。", "human"),
        ("Thank you for your email. I am on holiday, Bob can let the engineer in on Tuesday.", "human"),
        ("您好，来信已收到。打印机还是不行，下午我外出，请联系李工。", "human"),
        ("Dank für Ihre Nachricht. Ich bin heute nicht im Büro, morgen ab 9 Uhr kann der Techniker kommen.", "human"),
        ("Merci pour votre message, le problème persiste. Je suis absente vendredi.", "human"),
        ("感谢来信，问题还在，明天出差前能不能先给我一台备用机", "human"),
        ("感謝您的來信。我目前休假中，8/20 才會回到辦公室，緊急事項請聯絡王先生。\n\n此致\n陳小姐 採購部", "automatic"),
    ],
)
def test_an_absent_one_s_answer_is_automatic_where_it_speaks_of_the_mail(text: str, kind: str) -> None:
    found = judged(subject="Re: [FD-7] Printer", references=("<fd.1@x>",), text=text, new_text=text)
    assert found.kind == kind
    assert judged(subject="Printer", text=text, new_text=text).kind == "human"


def test_a_failure_from_nobody_is_a_bounce() -> None:
    assert judged("", subject="Error", text="Your message: no such user").kind == "bounce"


@pytest.mark.parametrize(
    ("text", "late", "status", "reason"),
    [
        ("<li@b.c>:\nhost mx[192.0.2.2]: 550 5.1.1 User unknown\n--- Below is a copy:\nReceived: 4.2.1", False, "5.1.1",
         "host mx[192.0.2.2]: 550 5.1.1 User unknown"),
        ("550 no such user; others are tried: we keep trying", False, "5.0.0", "550 no such user; others are tried: we keep trying"),
        ("This is a warning only. We will keep trying.", True, "", ""),
        ("421 busy. The system is still trying.", True, "4.0.0", "421 busy. The system is still trying."),
        ("您的邮件暂未送达，系统将继续尝试", True, "", ""),
        ("Unknown user: li", False, "", ""),
    ],
)  # fmt: skip
def test_what_a_report_in_words_says(text: str, late: bool, status: str, reason: str) -> None:
    found = machine_mail.is_only_late(text), machine_mail.status_in(text), machine_mail.reason_in(text)
    assert found == (late, status, reason)


ADMINISTRATORS = (
    ("postmaster@customer.example", ""),
    ("sysadmin@customer.example", "System Administrator"),
    ("admin@customer.example", "系统管理员"),
    ("root@customer.example", ""),
)
TROUBLES = (
    (
        "Mail delivery problems since this morning",
        "We cannot send mails to our customers. We get error 550 5.7.1 back.",
    ),
    ("Undelivered mail", "My mail to a supplier was not delivered. What can I do?"),
    (
        "delivery failure when sending to gmail",
        "Please help: delivery has failed to all gmail recipients. Mailbox full?",
    ),
    ("Returned mail from our partner", "Mails to us are returned with 'user unknown'. Please check our server."),
    ("Message blocked", "The gateway says message blocked for our newsletter. Why is that? Please fix this today."),
    ("Delayed mail", "Delayed mail is a real problem for us since yesterday."),
    ("Error", "Error 0x8004010f in Outlook: the user is unknown, it says. Please call me."),
    ("邮件发送失败", "您好，我们今天给客户发的邮件都被退回了，提示550 用户不存在，麻烦看一下。谢谢"),
    ("系统退信怎么办", "系统退信说收件人不存在，可是这个地址昨天还能用，请查一下。"),
    ("退信", "您的邮件我收到了，但附件无法打开，请重新发送。"),
    ("Delivery delayed", "Delivery of all outgoing mail is delayed by about 40 minutes since noon."),
    ("failure notice", "I received a failure notice from yahoo when mailing a customer. It's urgent."),
    ("Delivery problem", "Your message could not be delivered to half of our staff; please extend the quota."),
    ("User unknown", "New colleague Jane Roe starts on Monday; mails to her say user unknown."),
    ("Email blocked", "Since Tuesday our auditors' email is blocked. It ought to be on the allow list."),
    ("邮件无法送达", "发往163的邮件全部无法送达，其他邮箱正常。"),
    ("邮件被退", "SAP发出的采购订单邮件被退，SAP说是中继的问题。"),
    ("投遞失敗", "採購單由SAP寄出後投遞失敗，今天共17筆。"),
    ("您好", "您好，您发送的邮件我没有收到，可能被拦截了，请重新发一次。"),
)


@pytest.mark.parametrize(("sender", "name"), ADMINISTRATORS)
@pytest.mark.parametrize(("subject", "text"), TROUBLES)
def test_an_administrator_in_trouble_with_mail_is_no_machine(sender: str, name: str, subject: str, text: str) -> None:
    assert judged(sender=sender, sender_name=name, subject=subject, text=text, new_text=text).kind == "human"


@pytest.mark.parametrize("sender", ["majordomo@lists.example", "listserv@lists.example", "sympa+x@lists.example"])
def test_what_a_list_manager_answers_is_automatic(sender: str) -> None:
    assert judged(sender=sender, subject="Results of your commands", text="Unknown.").kind == "automatic"
    assert judged(sender=sender, subject="Results", text="x", new_text="Unknown command: x").kind == "automatic"
    assert judged(sender=sender, subject="Tip of the week", text="x", new_text="Use a surge protector.").kind == "human"
