"""bot.domain.staff: the words of `/staff add`, as people type them."""

from typing import get_args

import pytest

from bot.config_forms import Role
from bot.domain.staff import ROLES, Newcomer, StaffWordError, newcomer

LEO = Newcomer("leo", "Leo Stone", ("resident", "desk"), "leo@d.example", "en", "010 1", "mail")


@pytest.mark.parametrize(
    "words",
    [
        "leo name=Leo Stone role=resident,desk mail=Leo@D.example language=en phone=010 1 prefers=mail",
        "@Leo  prefers: mail roles: engineer, desk name: Leo Stone mail: leo@d.example language: EN phone: 010 1",
        "leo --name Leo Stone --role resident desk --mail leo@d.example --language english --phone 010 1 --prefers mail",
        "leo —name Leo Stone —role resident/desk —mail leo@d.example —language en —phone 010 1 —prefers mail",
        "leo 姓名=Leo Stone 角色＝驻场、服务台 邮箱：leo@d.example 语言：英文 电话：010 1 首选：邮件",
        "leo name=Leo Stone role=desk role=resident,desk,resident mail=leo@d.example language=en phone=010 1 prefers=邮箱",
    ],
)
def test_the_same_in_the_words_of_many(words: str) -> None:
    assert newcomer(words) == LEO


def test_what_is_left_out() -> None:
    assert newcomer("leo") == Newcomer("leo", "leo", ("resident",))
    assert newcomer("leo name= role=pm") == Newcomer("leo", "leo", ("manager",))


def test_a_name_may_hold_words_that_begin_options() -> None:
    assert newcomer("leo name=Mail Role Name role=desk").name == "Mail Role Name"
    assert newcomer("leo name=Anna-Maria — Berg").name == "Anna-Maria — Berg"


@pytest.mark.parametrize(
    ("words", "what", "written"),
    [
        ("", "handle", ""),
        ("le/o", "handle", "le/o"),
        ("李伟", "handle", "李伟"),
        ("x" * 33, "handle", "x" * 33),
        ("leo mail=a b@c.d", "mail", "a b@c.d"),
        ("leo name=" + "x" * 81, "name", "x" * 81),
        ("leo phone=" + "1" * 41, "phone", "1" * 41),
        ("leo role=", "role", ""),
        ("leo role=desk,chief", "role", "chief"),
        ("leo language=fr", "language", "fr"),
        ("leo prefers=pigeon mail=a@b.c", "prefers", "pigeon"),
        ("leo prefers=mail", "mail_missing", ""),
        ("leo Stone name=Leo", "word", "Stone"),
        ("leo admin=yes", "word", "admin=yes"),
    ],
)
def test_what_cannot_be(words: str, what: str, written: str) -> None:
    with pytest.raises(StaffWordError) as error:
        newcomer(words)
    assert (error.value.what, error.value.written) == (what, written)


def test_the_roles_are_those_of_the_configuration() -> None:
    assert get_args(Role) == ROLES
