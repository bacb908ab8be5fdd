"""The command about staff: who there is, somebody new, and the end of somebody's rights."""

from __future__ import annotations

from bot.commands import accounts  # noqa: F401  -- /help lists its commands before this one
from bot.commands.base import MANAGER, Answer, Call, RefusedError, command
from bot.desk import staff as desk
from bot.domain.staff import StaffWordError, newcomer
from storage import people

ADD, END, LIST = {"add", "添加", "新增"}, {"end", "停用", "离职"}, {"list", "列表"}


@command(
    "staff 员工",
    (
        "[add <handle> name=<name> role=<roles> mail=<address>, or end <handle>]",
        "[添加 <代号> 姓名=<姓名> 角色=<角色> 邮箱=<邮箱>，或 停用 <代号>]",
    ),
    (
        "Who is staff and how each is reached; add somebody, or end somebody's rights at once",
        "服务人员及联系方式；添加人员，或立即停用其权限",
    ),
    may=MANAGER,
    example=(
        "add li name=Li Wei role=resident,desk mail=li@example.com",
        "添加 li 姓名=李伟 角色=驻场,服务台 邮箱=li@example.com",
    ),
)
def staff(call: Call) -> Answer:
    what, _, words = call.words.strip().partition(" ")
    what = what.casefold()
    try:
        if what in ADD and words.strip():
            return _added(call, words)
        if what in END and words.strip():
            return _ended(call, words.strip().removeprefix("@").casefold())
    except StaffWordError as error:
        raise RefusedError("staff_word", what=error.what, written=error.written[:60], choices=error.choices) from error
    except desk.StaffError as error:
        raise RefusedError(error.key, **error.facts) from error
    if what and what not in LIST:
        raise RefusedError("usage")
    return Answer("staff", {"people": desk.listed(call.work.db)}, private=True)


def _added(call: Call, words: str) -> Answer:
    one = newcomer(words)
    desk.add(call.work, one)
    facts = {"name": one.name, "handle": one.handle, "roles": list(one.roles), "mail": one.mail}
    return Answer("phrase", {"phrase": "staff_added", **facts}, private=True)


def _ended(call: Call, handle: str) -> Answer:
    person = people.by_handle(call.work.db, handle)
    if person is None:
        handles = [str(one.handle) for one in people.staff(call.work.db)]
        raise RefusedError("staff_unknown", who=handle[:40], names=handles)
    left = desk.end(call.work, person)
    held = {role for one in people.staff(call.work.db) for role in one.roles}
    facts = {"name": person.name or person.handle, "tickets": desk.numbers(call.work, left)}
    return Answer("phrase", {"phrase": "staff_ended", **facts, "empty": sorted(set(person.roles) - held)}, private=True)
