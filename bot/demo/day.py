"""The script of the day: four faults, one of them neglected, and a power cut."""

from __future__ import annotations

import signal
import tempfile
from pathlib import Path
from types import FrameType

from bot.demo.books import close_the_books
from bot.demo.desk import DemoFailedError, Desk, Requester
from bot.demo.timeline import Timeline

__all__ = ["DemoFailedError", "play"]
LI = Requester("李伟", "li.wei@customer.example")
BOB = Requester("Bob Miller", "bob@customer.example")
ZHAO = Requester("赵敏", "zhao.min@customer.example")
EMMA = Requester("Emma Stone", "emma@customer.example")


def play(timeline: Timeline) -> None:
    """Plays the day in a scratch folder. Raises DemoFailedError; leaves nothing behind, whatever ends it."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    with tempfile.TemporaryDirectory(prefix="faultdesk-demo-") as name:
        desk = Desk(Path(name), timeline)
        try:
            _overture(desk, timeline)
            for act in (_morning, _neglected, _power_cut, _afternoon):
                act(desk, timeline)
        finally:
            desk.stop()
        close_the_books(desk, timeline)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _overture(desk: Desk, timeline: Timeline) -> None:
    zh = (
        "一个工作日，约一分钟。时间是假的，其余都是真的：邮件走 SMTP，命令走本机套接字，数据库在临时目录里。",
        "✉ 来信  → 发出的邮件  ▪ 群  ▸ 私聊  » 有人说话  ! 提醒",
    )
    en = (
        "A working day in about a minute. Time is fake, all else real: mail by SMTP, commands by the local socket.",
        "✉ mail comes in  → mail goes out  ▪ group  ▸ private chat  » somebody speaks  ! warning",
    )
    for line in zip(zh, en, strict=True):
        timeline.line(timeline.say(*line))
    desk.start()


def _morning(desk: Desk, timeline: Timeline) -> None:
    timeline.title(timeline.say("周一早上：两封报障邮件", "Monday morning: two faults by mail"))
    desk.until("09:02")
    desk.mail(LI, "打印机卡纸", "三楼财务室打印机卡纸，急用，照片见附件。", file="卡纸.png")
    desk.until("09:04")
    desk.says("anna", "接单 1")
    desk.says("anna", "回复 1 李工您好，我五分钟后到三楼。")
    desk.until("09:10")
    desk.mail(BOB, "No network", "My desk has had no network since this morning.")
    desk.says("desk", "/assign 2 ben")
    desk.until("09:12")
    desk.says("ben", "/take 2")
    desk.says("ben", "/wait 2 Which floor and which socket, please?")
    desk.until("09:25")
    desk.says("anna", "解决 1 取出卡纸，清洁了搓纸轮。")
    desk.mail(BOB, "", "Floor 4, socket 417.", answers=True)
    desk.until("09:40")
    desk.says("ben", "/solve 2 Replaced the patch cable of socket 417.")


def _neglected(desk: Desk, timeline: Timeline) -> None:
    """Nobody takes it, then nobody confirms it, then nobody answers: dispatch, confirm and response lapse in turn."""
    timeline.title(timeline.say("没人理的工单：提醒一级一级往上走", "A neglected fault: the warnings climb"))
    desk.until("10:00")
    desk.mail(ZHAO, "会议室投影仪黑屏", "十一点要开会，投影仪一直黑屏。")
    desk.until("10:12")
    desk.says("pm", "/ack 3")
    desk.says("desk", "/assign 3 mo")
    desk.until("10:37")


def _power_cut(desk: Desk, timeline: Timeline) -> None:
    timeline.title(timeline.say("断电：kill -9，然后重新启动", "The power fails: kill -9, then a new start"))
    desk.mail(EMMA, "Password expired", "I cannot log in any more.", cut=True)
    system = timeline.say("系统", "system")
    gone = timeline.say(
        "kill -9：她的邮件刚被接收（250），进程就没了。",
        "kill -9: her mail was just accepted (250), and the process is gone.",
    )
    timeline.show(desk.now(), "system", system, gone)
    desk.start()
    back = timeline.say("重新启动，从停下的地方继续。", "Started again; it goes on where it stopped.")
    timeline.show(desk.now(), "system", system, back)
    desk.look()
    desk.until("10:40")
    desk.says("ben", "/take 4")
    desk.says("pm", "/ack 3")
    desk.until("11:00")


def _afternoon(desk: Desk, timeline: Timeline) -> None:
    timeline.title(timeline.say("接上，收尾", "Picked up, and finished"))
    desk.until("11:01")
    desk.says("pm", "/ack 3")
    desk.says("mo", "/take 3")
    desk.says("mo", "/reply 3 抱歉让您久等，我已到会议室。")
    desk.until("11:15")
    desk.says("mo", "/solve 3 更换了投影仪的 HDMI 线。")
    desk.says("ben", "/solve 4 Password reset; please log in once more.")
    desk.until("14:00")
    desk.mail(LI, "", "又卡纸了，麻烦再看一下。", answers=True)
    desk.until("14:20")
    desk.says("anna", "解决 1 更换了搓纸轮。")
    desk.until("18:00")
