"""The script of the day, and the checks at its end: the demo succeeds only if they hold."""

from __future__ import annotations

import tempfile
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from bot.config_file import read_settings
from bot.demo.desk import DemoFailedError, Desk
from bot.demo.timeline import Timeline
from bot.fsck import check
from bot.house import calendars_of
from storage.engine import reading_engine

__all__ = ["DemoFailedError", "play"]
LI, BOB, ZHAO, EMMA = (
    "li.wei@customer.example",
    "bob@customer.example",
    "zhao@customer.example",
    "emma@customer.example",
)


def play(timeline: Timeline) -> None:
    """Plays the day in a scratch folder. Raises DemoFailedError; leaves nothing behind."""
    with tempfile.TemporaryDirectory(prefix="faultdesk-demo-") as name:
        folder = Path(name)
        (folder / "config.toml").write_text("")
        desk = Desk(folder, timeline)
        desk.start()
        try:
            _morning(desk, timeline)
            _neglected(desk, timeline)
            _crash(desk, timeline)
            _afternoon(desk, timeline)
        finally:
            desk.stop()
        _check(desk, timeline)


def _morning(desk: Desk, timeline: Timeline) -> None:
    timeline.title(timeline.say("周一早上：两封报障邮件", "Monday morning: two faults by mail"))
    desk.until("09:02")
    desk.mail("李伟", LI, "打印机卡纸", "三楼财务室打印机卡纸，急用。", file="照片.png")
    desk.until("09:04")
    desk.says("anna", "接单 1")
    desk.mail("Bob Miller", BOB, "No network", "My desk has no network since this morning.")
    desk.says("desk", "/assign 2 ben")
    desk.until("09:10")
    desk.says("ben", "/take 2")
    desk.says("anna", "回复 1 李工您好，我五分钟后到三楼。")
    desk.says("ben", "/wait 2 Which floor and which socket, please?")
    desk.until("09:25")
    desk.says("anna", "解决 1 已取出卡纸并清洁搓纸轮。")
    desk.mail("Bob Miller", BOB, "Re: question", "Floor 4, socket 417.", answers=desk.last_mail_to(BOB))
    desk.until("09:40")
    desk.says("ben", "/solve 2 Replaced the patch cable of socket 417.")


def _neglected(desk: Desk, timeline: Timeline) -> None:
    timeline.title(timeline.say("一张没人理的工单", "A fault that nobody takes"))
    desk.until("10:00")
    desk.mail("赵敏", ZHAO, "会议室投影仪黑屏", "十点半要开会，投影仪一直黑屏。")
    for clock in ("10:05", "10:08", "10:10"):
        desk.until(clock)


def _crash(desk: Desk, timeline: Timeline) -> None:
    timeline.title(timeline.say("断电：kill -9，然后重新启动", "The power fails: kill -9, then a new start"))
    desk.mail("Emma", EMMA, "Password expired", "I cannot log in any more.", cut=True)
    desk.kill()
    gone = timeline.say("邮件刚被接收，进程就消失了", "her mail was just accepted, and the process is gone")
    timeline.show(desk.now(), "system", "kill -9", gone)
    before = _count(desk, "inbox")
    desk.start()
    if _count(desk, "inbox") != before:
        raise DemoFailedError(f"{before} messages were there before the start, {_count(desk, 'inbox')} after it")
    same = timeline.say("一封不少，从停下的地方继续", "nothing is missing, it goes on where it stopped")
    timeline.show(desk.now(), "system", timeline.say("已启动", "started"), same)
    desk.look()


def _afternoon(desk: Desk, timeline: Timeline) -> None:
    timeline.title(timeline.say("接上，收尾", "Picked up, and finished"))
    desk.until("10:20")
    desk.says("pm", "/ack 3")
    desk.says("mo", "/take 3")
    desk.says("ben", "/take 4")
    desk.until("10:28")
    desk.says("mo", "/reply 3 抱歉让您久等，我已到会议室。")
    desk.says("mo", "/solve 3 更换了投影仪的 HDMI 线。")
    desk.says("ben", "/reply 4 I reset it, please try again.")
    desk.says("ben", "/solve 4 Password reset.")
    desk.until("11:00")
    desk.mail("李伟", LI, "Re: 打印机", "又卡纸了，麻烦再看一下。", answers=desk.last_mail_to(LI))
    desk.until("11:20")
    desk.says("anna", "/reply 1 马上再来。")
    desk.says("anna", "/solve 1 更换了搓纸轮。")
    desk.until("18:00")


def _count(desk: Desk, table: str) -> int:
    return int(desk.rows(f"select count(*) from {table}")[0][0])  # noqa: S608  -- a name of ours


def _check(desk: Desk, timeline: Timeline) -> None:
    """What the demo promises: nothing lost, nothing doubled, everybody confirmed once, alarms told once, fsck clean."""
    timeline.title(timeline.say("晚上：对账", "Evening: the books"))
    for number, subject, state, requester in desk.rows("select number, subject, state, requester_name from ticket"):
        timeline.line(f"  FD-{number}  {state:8}  {requester}  {subject}")
    engine = reading_engine(f"sqlite:///{desk.folder / 'faultdesk.db'}")
    with engine.connect() as db:
        findings = list(check(db, calendars_of(read_settings(None), datetime.now(UTC).year)))
    engine.dispose()
    confirmed = Counter(
        one for (one,) in desk.rows("select ticket_id from outbox where kind='confirmation' and state='sent'")
    )
    twice = desk.rows("select clock_id from alarm group by clock_id, rung, person_id having count(*) > 1")
    outcomes = Counter(one for (one,) in desk.rows("select outcome from inbox where kind = 'mail'"))
    promises = {
        timeline.say("6 封邮件：4 张工单、2 条回复，一封不少", "6 mails: 4 tickets and 2 answers, none lost"): (
            outcomes == {"ticket": 4, "comment": 2}
        ),
        timeline.say("每张工单确认一次", "every ticket confirmed once"): sorted(confirmed.values()) == [1, 1, 1, 1],
        timeline.say("每级提醒每人一次", "every warning told once"): not twice,
        timeline.say("全部已解决", "all of them solved"): not desk.rows("select 1 from ticket where state <> 'solved'"),
        "fsck": not findings,
    }
    for promise, held in promises.items():
        timeline.line(f"  {'✔' if held else '✘'} {promise}")
    if not all(promises.values()):
        raise DemoFailedError("; ".join([*(one for one, held in promises.items() if not held), *findings]))
