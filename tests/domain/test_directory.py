"""bot.domain.directory: spreadsheets as people save them, and each mistake by its line (reliability 3 E 85)."""

import codecs

import pytest

from bot.domain.directory import Entry, read_directory
from bot.domain.spreadsheet import LONGEST, MOST_ROWS

ONE, TWO = frozenset({"default"}), frozenset({"acme", "beta"})
CHINESE = "姓名,邮箱,电话,地点,VIP,语言\r\n李伟,Li@Acme.example,010-1,机关大楼,是,中文\r\n"
LI = Entry(2, "li@acme.example", "李伟", "010-1", "", "机关大楼", vip=True, language="zh")


@pytest.mark.parametrize(
    "data",
    [
        CHINESE.encode(),
        codecs.BOM_UTF8 + CHINESE.encode(),
        CHINESE.encode("utf-16"),
        CHINESE.encode("gb18030"),
        CHINESE.replace(",", ";").encode(),
        CHINESE.replace(",", "\t").encode(),
        CHINESE.replace("\r\n", "\n").encode(),
        ('"' + CHINESE.replace(",", '","').replace("\r\n", '"\r\n"'))[:-1].encode(),
    ],
    ids=["utf-8", "utf-8 with mark", "utf-16", "gb18030", "semicolons", "tabs", "line feeds", "quoted"],
)
def test_a_file_as_spreadsheets_write_it(data: bytes) -> None:
    assert read_directory(data, ONE) == ([LI], [])


def test_only_the_address_is_needed_and_empty_lines_and_unknown_columns_do_no_harm() -> None:
    entries, mistakes = read_directory(b"E-Mail,Desk\n\na@x.example,17\n,\nb@x.example\n", ONE)
    assert [(one.line, one.address) for one in entries] == [(3, "a@x.example"), (5, "b@x.example")]
    assert mistakes == []


def test_what_breaks_a_database_or_a_terminal_is_taken_out() -> None:
    entries, mistakes = read_directory("address,name\na@x.example,L\0i\x1b[31m\u202ewei\n".encode(), ONE)
    assert [one.name for one in entries] == ["Li[31mwei"]
    assert mistakes == []


HEAD = "name,address,customer,vip,language\n"
BAD = {
    "no address": ("name,phone\nLi,1\n", "line 1: there is no column address"),
    "a column twice": ("mail,address\na@x.example,b@x.example\n", "line 1: the column address is there twice"),
    "broken address": (HEAD + "Li,li at x,acme,,\n", "line 2: address: 'li at x' is no mail address"),
    "address with a line end": (HEAD + 'Li,"a@x.example\nBcc: b@x.example",acme,,\n', "line 3: address"),
    "unknown customer": (HEAD + "Li,li@x.example,gamma,,\n", "line 2: customer: there is no customer 'gamma'"),
    "no customer where there are two": (HEAD + "Li,li@x.example,,,\n", "line 2: customer: there is no customer ''"),
    "vip": (HEAD + "Li,li@x.example,acme,maybe,\n", "line 2: vip: 'maybe' is neither yes nor no"),
    "language": (HEAD + "Li,li@x.example,acme,,de\n", "line 2: language: 'de' is neither zh nor en"),
    "twice": (HEAD + "Li,li@x.example,acme,,\nL,LI@x.example,acme,,\n", "line 3: li@x.example is in line 2 already"),
    "formula": (HEAD + '"=HYPERLINK(1)",li@x.example,acme,,\n', "line 2: name: begins with '='"),
    "too long": (HEAD + f"{'x' * (LONGEST + 1)},li@x.example,acme,,\n", "line 2: name: has 201 characters"),
    "huge cell": (HEAD + f"{'x' * 200_000},li@x.example,acme,,\n", "line 2: field larger than field limit"),
    "unclosed quotes": (HEAD + '"Li,li@x.example,acme,,\n', "line 2: unexpected end of data"),
    "picture": ("\x89PNG\r\n\x1a\n\0\0", "line 1: "),
}


@pytest.mark.parametrize("name", BAD)
def test_a_mistake_is_told_with_its_line(name: str) -> None:
    text, wanted = BAD[name]
    _, mistakes = read_directory(text.encode(), TWO)
    assert [one for one in mistakes if one.startswith(wanted)], mistakes


def test_all_mistakes_are_told_at_once_and_endless_files_end() -> None:
    _, mistakes = read_directory((HEAD + "a,b,c,,\n" * 3).encode(), TWO)
    assert len(mistakes) == 3
    rows = "".join(f"n,a{number}@x.example,acme,,\n" for number in range(MOST_ROWS + 1))
    _, mistakes = read_directory((HEAD + rows).encode(), TWO)
    assert mistakes == [f"line {MOST_ROWS + 2}: more than {MOST_ROWS} lines: split the file"]
    assert read_directory(b"x" * (10 * 2**20 + 1), TWO)[1] == [
        "the file has 10485761 bytes, at most 10485760 are read: split it"
    ]
    assert read_directory(b"name,address\n\xff\xff\xff,a@x.example\n", ONE)[1]
