from hypothesis import given
from hypothesis import strategies as st
from prompt_toolkit.utils import get_cwidth

from channels.console_screen import Block, Faces, Numbers, file_name, layout, note, wrap

CHINESE = "三楼复印机坏了，纸卡在里面，请尽快派人来修理，谢谢！（急）复印机、打印机、扫描仪都不能用。"


def printed(block: Block, width: int) -> str:
    return "".join(text for _, text in layout(block, width, get_cwidth))


@given(st.text(alphabet="三楼，。「」 ab（）\u3000x", max_size=80), st.integers(min_value=6, max_value=30))
def test_wrapping_loses_no_word(line: str, width: int) -> None:
    assert "".join("".join(wrap(line, width, get_cwidth)).split()) == "".join(line.split())


def test_chinese_wraps_inside_the_width_and_not_before_punctuation() -> None:
    rows = list(wrap(CHINESE, 20, get_cwidth))
    assert len(rows) > 3
    assert all(get_cwidth(row) <= 20 for row in rows)
    assert all(row[0] not in "，。！）、" and row[-1] != "（" for row in rows)


def test_english_wraps_at_spaces_and_keeps_its_indent() -> None:
    assert list(wrap("  one two three four", 10, get_cwidth)) == ["  one two", "  three", "  four"]
    assert list(wrap("", 10, get_cwidth)) == [""]


def test_an_address_stays_whole_to_be_copied() -> None:
    address = "https://example.com/a/long/way/to/go"
    assert address in list(wrap(f"see {address} please", 12, get_cwidth))


def test_a_message_has_time_place_text_buttons_and_files() -> None:
    block = Block("14:32", "group", ["FD-1 · No water", "nobody has taken it"], [(1, "Take"), (2, "接单")], ["file: x"])
    assert printed(block, 80) == (
        "14:32  group\n"
        "       FD-1 · No water\n"
        "       nobody has taken it\n"
        "       [1] Take  [2] 接单  \n"
        "       file: x\n"
    )


def test_buttons_fill_more_rows_on_a_narrow_screen_and_none_is_cut() -> None:
    labels = ["Take", "Assign", "Junk", "Details"]
    rows = printed(Block("14:32", "group", ["x"], list(enumerate(labels, 1))), 30).splitlines()[2:]
    assert [row.strip() for row in rows] == ["[1] Take  [2] Assign", "[3] Junk", "[4] Details"]


def test_labels_and_paths_are_made_safe() -> None:
    block = Block("14:32", "[private → \x1bx]", ["x"], [(1, "Ta\x1b[2Jke\nit")], ["file: \x1b"])
    assert "\x1b" not in printed(block, 80)
    assert r"[1] Ta\x1b[2Jke it" in printed(block, 80)


def test_quiet_messages_are_dim() -> None:
    styles = {
        style for style, text in layout(Block("14:32", "group", ["x"], quiet=True), 80, get_cwidth) if text.strip()
    }
    assert styles == {"class:time", "class:quiet"}


def test_a_note_is_safe_and_not_wrapped() -> None:
    path = "var/mail/" + "x" * 200
    assert "".join(text for _, text in note("14:32", f"kept in {path}\x1b\nnext")) == (
        f"14:32  · kept in {path}\\x1b\n         next\n"
    )


def test_numbers_count_to_99_and_begin_again() -> None:
    numbers = Numbers()
    assert [numbers.give("m", "group", f"a{n}") for n in range(101)] == [*range(1, 100), 1, 2]
    first, third = numbers.find("1"), numbers.find("3")
    assert first is not None
    assert third is not None
    assert (first.action, third.action) == ("a99", "a2")


def test_a_new_face_retires_only_its_own_buttons() -> None:
    numbers = Numbers()
    numbers.give("one", "group", "a")
    numbers.give("two", "anna", "b")
    numbers.retire("one")
    numbers.give("one", "group", "c")
    found = [numbers.find(typed) for typed in ("1", "2", "3")]
    assert [(button.action, button.retired) for button in found if button] == [("a", True), ("b", False), ("c", False)]


def test_only_the_number_as_shown_presses() -> None:
    numbers = Numbers()
    numbers.give("one", "group", "a")
    assert [numbers.find(typed) for typed in ("01", "0", "2", "1" * 6000)] == [None] * 4


def test_an_edit_shows_its_title_and_what_is_new() -> None:
    faces = Faces()
    assert faces.news("m", "FD-1 No water\nresponse 15:02\nnobody\n") == ["FD-1 No water", "response 15:02", "nobody"]
    assert faces.news("m", "FD-1 No water\nresponse 15:02\nAnna has it") == ["FD-1 No water", "Anna has it"]
    assert faces.news("m", "FD-1 No water\nresponse 15:02") == ["FD-1 No water"]


def test_a_forgotten_face_is_shown_whole() -> None:
    faces = Faces(kept=1)
    faces.news("m", "one\ntwo")
    faces.news("n", "x")
    assert faces.news("m", "one\ntwo") == ["one", "two"]


def test_file_names_stay_in_their_folder() -> None:
    assert file_name("../../etc/cron.d/x") == "x"
    assert file_name(r"C:\windows\照片.jpg") == "照片.jpg"
    assert file_name("\u200b.htaccess") == "htaccess"
    assert file_name("a\x00b\n\u202ec") == "abc"
    assert [file_name(name) for name in ("", ".", "..", "/", "\x1b")] == ["file"] * 5


@given(st.text(max_size=400))
def test_any_file_name_is_short_and_not_hidden(name: str) -> None:
    kept = file_name(name + "照" * 300 + ".jpg")
    assert kept.endswith(".jpg")
    assert len(kept.encode()) <= 200
    assert not kept.startswith(".")
    assert "/" not in kept
