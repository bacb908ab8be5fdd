"""Which tests hold each kind of bad mail (A 1 to 50), SMTP and IMAP (B to 60), chat (C to 72), buttons (D to 78) and files (E to 87).

The numbers are those of the catalogue of bad input that tests name as "reliability 3". A row without a test says why.
"""

import ast
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
MAIL, STORY, REPLIES = "bot/parsing/test_bad_mail.py", "stories/test_bad_mail.py", "stories/test_replies.py"
SMTP, CONFIG, CLI = "channels/test_smtp_in.py", "bot/test_config_file.py", "bot/cli/test_errors.py"
LMTP = "channels/test_lmtp_in.py"
MAILBOX, LIES = "channels/test_imap.py", "channels/test_imap_trouble.py"
HOSTILE = f"{STORY}::test_every_hostile_mail_is_a_ticket_and_honest_mail_goes_on"
NAMES = f"{MAIL}::test_33_34_35_names"
SUBJECTS = f"{MAIL}::test_41_to_46_subjects_are_one_literal_line"
COMMANDS = f"{SMTP}::test_a_bad_command_gets_one_line_and_no_more"
BAD_FILES = f"{CONFIG}::test_a_mistake_is_told_with_line_key_and_what_to_write"
UPDATES, POLLING = "channels/test_telegram_updates.py", "channels/test_telegram_polling.py"
GROUPS, OPEN = "stories/test_telegram_groups.py", "stories/test_telegram_open_groups.py"
PEOPLE, ODD = "stories/test_telegram_people.py", "stories/test_telegram_bad_input.py"
RIGHTS = "bot/commands/test_authorization.py::test_in_the_chat"
"""Every command × everybody × every kind of chat × words, a press, a repeat, an old card, a forged or foreign button."""
NOT_YET = "nothing of the kind exists yet: "

ROWS: dict[int, tuple[str, ...]] = {
    1: (HOSTILE, f"{MAIL}::test_01_a_content_type_of_semicolons"),
    2: (HOSTILE, f"{MAIL}::test_02_a_subject_of_20000_encoded_words"),
    3: (HOSTILE, f"{MAIL}::test_03_long_lists_of_addresses_and_references"),
    4: (HOSTILE, f"{MAIL}::test_04_a_from_header_of_brackets"),
    5: (HOSTILE, "bot/parsing/test_parse.py::test_an_odd_message_id_is_replaced_by_one_from_the_digest"),
    6: (HOSTILE, f"{MAIL}::test_06_nested_multiparts_and_messages"),
    7: (HOSTILE, f"{MAIL}::test_07_a_hundred_thousand_parts"),
    8: (HOSTILE, f"{MAIL}::test_08_a_hundred_thousand_headers"),
    9: (
        f"{MAIL}::test_09_one_line_of_25_megabytes",
        f"{SMTP}::test_row_56_a_mail_over_the_limit_is_refused_after_its_end",
        f"{STORY}::test_hostile_mails_of_many_megabytes_are_tickets_too",
    ),
    10: (HOSTILE, f"{MAIL}::test_10_11_odd_charsets", "bot/parsing/test_charset.py::test_only_known_charsets_reach_a_codec"),
    11: (HOSTILE, f"{MAIL}::test_10_11_odd_charsets"),
    12: (f"{MAIL}::test_12_an_utf_32_bomb",),
    13: (
        f"{MAIL}::test_13_broken_encodings",
        f"{MAIL}::test_a_mail_cut_off_in_an_attachment_gives_what_is_there",
        "bot/parsing/test_structure.py::test_decoding_never_raises",
    ),
    14: (f"{MAIL}::test_14_headers_that_come_twice",),
    15: (f"{MAIL}::test_15_16_senders_that_are_nobody", "bot/parsing/test_addresses.py::test_who_it_cannot_be_told"),
    16: (f"{MAIL}::test_15_16_senders_that_are_nobody", "bot/parsing/test_addresses.py::test_who_it_cannot_be_told"),
    17: (f"{STORY}::test_an_engineers_address_gives_no_rights", "stories/test_by_mail.py::test_without_the_borders_proof_it_is_a_mail_like_any_other", f"{STORY}::test_our_own_address_as_sender_starts_nothing", "stories/test_forwarding.py::test_who_is_not_proved_to_be_staff_forwards_nothing"),
    18: (f"{STORY}::test_a_forged_verdict_of_authenticity_is_not_believed", "stories/test_by_mail.py::test_a_forged_proof_counts_for_nothing", "stories/test_forwarding.py::test_who_is_not_proved_to_be_staff_forwards_nothing"),
    19: (f"{STORY}::test_the_confirmation_goes_to_the_sender_and_not_to_reply_to", f"{MAIL}::test_19_reply_to_is_no_identity"),
    20: (f"{STORY}::test_headers_that_ask_for_power_have_none", f"{MAIL}::test_20_headers_that_ask_for_power_are_not_kept"),
    21: (f"{STORY}::test_a_ticket_named_without_its_token_is_not_opened_to_her", "domain/test_mail.py::test_nothing_else_is_taken"),
    22: (f"{REPLIES}::test_a_strangers_good_token_is_held_until_the_desk_lets_it_in",),
    23: (f"{REPLIES}::test_a_tag_in_a_strangers_subject_proves_nothing",),
    24: (f"{REPLIES}::test_after_five_working_days_it_closes_and_a_late_reply_opens_a_linked_ticket",),
    25: (f"{REPLIES}::test_the_same_mail_a_hundred_times_is_one_ticket", f"{MAIL}::test_25_one_message_id_with_other_words_is_another_mail"),
    26: (f"{REPLIES}::test_the_same_mail_a_hundred_times_is_one_ticket",),
    27: (f"{STORY}::test_the_time_of_arrival_counts_whatever_the_date_header_says",),
    28: (f"{MAIL}::test_28_30_nothing_active_survives",),
    29: (HOSTILE, f"{MAIL}::test_29_50000_nested_divs", "bot/parsing/test_html.py::test_hostile_html_is_read_in_linear_time"),
    30: (f"{MAIL}::test_28_30_nothing_active_survives", "bot/test_render.py::test_html_is_one_page_that_fetches_nothing_and_fits_a_phone"),
    31: (HOSTILE, f"{MAIL}::test_31_bodies_that_stop_other_strippers", "domain/test_quotes.py::test_hostile_text_is_read_in_linear_time"),
    32: (f"{MAIL}::test_32_a_separator_on_the_first_line", "domain/test_quotes.py::test_a_separator_on_the_first_line_hides_nothing"),
    33: (NAMES, "bot/cli/test_files.py::test_a_safe_name", "bot/cli/test_files.py::test_a_link_in_the_folder_is_not_followed"),
    34: (NAMES, "bot/parsing/test_files.py::test_any_name_is_safe"),
    35: (NAMES, f"{MAIL}::test_35_a_program_that_calls_itself_a_pdf", "bot/parsing/test_files.py::test_the_bytes_show_the_type"),
    36: (f"{MAIL}::test_36_archives_are_not_opened",),
    37: (f"{MAIL}::test_37_38_special_parts_are_attachments", f"{MAIL}::test_37_an_encrypted_mail_is_noted"),
    38: (f"{MAIL}::test_37_38_special_parts_are_attachments", f"{MAIL}::test_38_a_read_receipt_request_and_a_list_link_start_nothing"),
    39: (f"{STORY}::test_a_forged_delivery_report_touches_no_ticket",),
    40: (f"{STORY}::test_two_desks_do_not_answer_each_other", f"{REPLIES}::test_out_of_office_and_bounces_are_filed_and_answered_by_nobody"),
    41: (SUBJECTS, f"{STORY}::test_a_subject_adds_no_header_to_our_answer", "bot/test_compose.py::test_no_words_of_a_stranger_change_the_headers"),
    42: (SUBJECTS, "domain/test_text.py::test_nothing_that_a_terminal_obeys_is_left", "bot/cli/test_tickets.py::test_everything_about_one_ticket_for_people_is_safe_on_a_terminal"),
    43: (SUBJECTS, "bot/test_render.py::test_a_full_ticket_fits_one_chat_message", "bot/test_render.py::test_strangers_words_stay_words"),
    44: (SUBJECTS, "bot/test_render.py::test_strangers_words_stay_words"),
    45: (SUBJECTS,),
    46: (SUBJECTS,),
    47: (f"{STORY}::test_what_a_service_mails_to_a_tickets_address_is_relayed_to_nobody",),
    48: (f"{STORY}::test_a_domain_that_only_looks_like_the_customers_is_not_his",),
    49: (f"{REPLIES}::test_strangers_cannot_make_us_send_or_open_without_end",),
    50: (
        f"{MAILBOX}::test_a_mail_that_somebody_else_takes_away_meanwhile_is_no_matter",
        f"{MAILBOX}::test_what_somebody_has_read_or_marked_is_taken_too_and_looks_as_before",
        f"{MAILBOX}::test_a_folder_that_is_renamed_is_told_and_read_again_once_it_is_there",
        f"{MAILBOX}::test_a_full_folder_holds_up_nobody_and_is_told_once",
    ),
    51: (f"{SMTP}::test_row_51_no_variant_makes_two_mails", "channels/test_smtp_data.py::test_the_pieces_make_no_difference"),
    52: (COMMANDS,),
    53: (f"{SMTP}::test_row_53_commands_behind_starttls_are_forgotten",),
    54: (
        f"{SMTP}::test_row_54_too_many_recipients",
        f"{SMTP}::test_row_54_a_flood_of_commands_ends_in_421_or_goodbye",
        f"{SMTP}::test_row_54_a_thousand_connections",
    ),
    55: (
        f"{SMTP}::test_row_55_a_trickle_of_data_is_cut_off",
        f"{SMTP}::test_a_peer_that_vanishes_leaves_nothing_and_may_come_again",
        f"{SMTP}::test_a_peer_that_vanishes_before_our_250_leaves_nothing_held",
        "promises/test_p1_nothing_is_lost.py::test_twenty_five_kills_lose_and_double_nothing",
    ),
    56: (
        COMMANDS,
        f"{SMTP}::test_row_56_a_mail_far_over_the_limit_is_not_read_to_its_end",
        f"{SMTP}::test_row_56_memory_stays_bounded_under_60_mb_mails",
    ),
    57: (COMMANDS,),
    58: (COMMANDS,),
    59: (f"{LMTP}::test_each_recipient_gets_a_reply_of_its_own", f"{LMTP}::test_what_cannot_be_stored_is_put_off_for_each"),
    60: (
        f"{LIES}::test_a_lie_ends_the_connection_and_is_told",
        f"{LIES}::test_a_mail_without_content_holds_up_nobody",
        f"{LIES}::test_a_server_that_falls_silent_is_given_up",
        f"{LIES}::test_a_server_that_says_a_byte_now_and_then_is_given_up_as_well",
        f"{LIES}::test_where_starttls_was_taken_away_no_password_is_said",
        f"{LIES}::test_what_is_said_in_clear_behind_starttls_is_an_attack",
        f"{LIES}::test_a_server_that_repeats_the_password_does_not_have_it_shown",
        "chaos/test_imap_frozen.py::test_a_server_that_freezes_is_given_up_and_found_again",
    ),
    61: (
        f"{UPDATES}::test_nobody_in_particular_and_nothing_second_hand",
        f"{POLLING}::test_a_group_that_is_nobody_s_is_left_unheard",
        f"{POLLING}::test_to_be_added_to_a_group_that_is_nobody_s",
        f"{PEOPLE}::test_who_is_unknown_is_told_so_in_private_and_nothing_else",
        f"{PEOPLE}::test_a_stranger_cannot_make_us_talk_without_end",
        f"{PEOPLE}::test_leaving_the_group_ends_the_link_at_once",
        f"{PEOPLE}::test_links_survive_a_restart_and_end_with_the_job",
        RIGHTS,
    ),
    62: (f"{UPDATES}::test_nobody_in_particular_and_nothing_second_hand", f"{UPDATES}::test_kinds_of_messages_that_nobody_asked_for"),
    63: (f"{POLLING}::test_an_edit_is_not_even_delivered", f"{UPDATES}::test_nobody_in_particular_and_nothing_second_hand"),
    64: (f"{UPDATES}::test_nobody_in_particular_and_nothing_second_hand", f"{UPDATES}::test_a_quoted_command_is_not_said_by_who_quotes_it"),
    65: (
        f"{GROUPS}::test_numbers_and_words_that_mean_nothing",
        f"{UPDATES}::test_a_command_that_names_us_or_another_bot",
        f"{ODD}::test_who_names_two_tickets_is_told_that_nothing_was_done",
    ),
    66: (f"{GROUPS}::test_numbers_and_words_that_mean_nothing", f"{ODD}::test_towers_of_marks_and_words_from_right_to_left"),
    67: (
        f"{GROUPS}::test_media_are_told_not_kept_an_album_once",
        f"{UPDATES}::test_media_for_us_are_heard",
        "stories/test_files.py::test_what_staff_sends_is_kept_and_mailed_only_with_a_reply",
        "stories/test_files.py::test_what_is_not_kept_is_said_and_nothing_is_mailed_without_it",
        f"{ODD}::test_what_stands_below_a_picture_in_a_group_is_done_and_the_picture_is_not_kept",
    ),
    68: (f"{GROUPS}::test_what_was_said_before_an_outage",),
    69: (
        f"{PEOPLE}::test_five_wrong_codes_lock_the_account_for_a_quarter_of_an_hour",
        f"{PEOPLE}::test_a_code_holds_once",
        f"{PEOPLE}::test_a_code_holds_ten_minutes_and_a_new_one_ends_the_old",
        f"{PEOPLE}::test_another_s_code_is_as_wrong_as_any_other",
        f"{PEOPLE}::test_a_code_said_in_a_group_is_void",
    ),
    70: (f"{PEOPLE}::test_who_is_unknown_is_told_so_in_private_and_nothing_else",),
    71: (f"{PEOPLE}::test_a_name_or_a_title_gives_no_right", "bot/commands/test_authorization.py::test_without_a_word_nobody_has_rights"),
    72: (
        f"{OPEN}::test_a_group_that_turns_public_hears_nothing_until_it_is_private_again",
        f"{OPEN}::test_a_group_that_a_channel_s_readers_see_is_found_at_the_start_and_told_once",
        f"{GROUPS}::test_a_group_that_moves_is_followed",
        f"{GROUPS}::test_a_move_that_nobody_told_is_found_by_sending",
        f"{GROUPS}::test_put_out_of_the_group_the_desk_hears_of_it_once",
        f"{GROUPS}::test_a_muted_bot_and_one_that_lost_its_star",
        f"{GROUPS}::test_when_telegram_is_dead_alerts_go_by_mail_within_a_minute",
        f"{ODD}::test_a_closed_topic_is_told_and_alerts_go_on",
    ),
    73: (f"{GROUPS}::test_a_forged_foreign_or_old_button", RIGHTS),
    74: (
        "stories/test_telegram.py::test_two_press_take_and_one_gets_it",
        f"{GROUPS}::test_who_comes_too_late_hears_who_has_it_and_sees_the_card_afresh",
    ),
    75: (
        f"{GROUPS}::test_who_comes_too_late_hears_who_has_it_and_sees_the_card_afresh",
        f"{GROUPS}::test_who_comes_too_late_in_private_gets_a_card_of_her_own",
    ),
    76: (f"{GROUPS}::test_a_forged_foreign_or_old_button", f"{PEOPLE}::test_who_is_unknown_is_told_so_in_private_and_nothing_else", RIGHTS),
    77: (
        f"{GROUPS}::test_a_forged_foreign_or_old_button",
        f"{ODD}::test_a_button_of_last_month_holds_only_while_nothing_has_happened",
    ),
    78: (f"{POLLING}::test_an_answer_that_comes_too_late_changes_nothing",),
    79: (BAD_FILES, f"{CONFIG}::test_what_is_no_text_is_one_line", f"{CONFIG}::test_a_mistake_in_the_environment_names_the_variable"),
    80: (BAD_FILES, f"{CONFIG}::test_a_password_that_others_can_read_is_refused"),
    81: (BAD_FILES,),
    82: (BAD_FILES,),
    83: (
        "bot/test_render.py::test_an_own_template_that_fails_never_stops_a_message",
        "stories/test_trouble.py::test_a_message_whose_words_cannot_be_made_does_not_hold_up_the_others",
    ),
    84: (
        f"{CLI}::test_without_a_database",
        f"{CLI}::test_a_database_of_a_newer_faultdesk_is_left_alone",
        f"{CLI}::test_a_damaged_database",
        f"{CLI}::test_a_reader_that_goes_away_is_no_error",
        f"{CLI}::test_a_terminal_that_knows_no_chinese",
    ),
    85: ("domain/test_directory.py::test_a_mistake_is_told_with_its_line", "bot/cli/test_people.py::test_one_mistake_and_nothing_is_imported"),
    87: (
        "storage/test_restore.py::test_what_is_not_ours_is_refused",
        "storage/test_restore.py::test_a_torn_backup_is_refused",
        "chaos/test_restore.py::test_a_torn_backup_changes_nothing",
    ),
}  # fmt: skip
NOT_TESTED = {
    86: NOT_YET + "reading spreadsheets",
}


def functions(path: str) -> set[str]:
    tree = ast.parse((TESTS / path).read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_every_row_has_its_tests_or_says_why_not() -> None:
    assert set(ROWS) | set(NOT_TESTED) == {*range(1, 88)}
    assert not set(ROWS) & set(NOT_TESTED)
    assert all(ROWS.values())


@pytest.mark.parametrize("row", ROWS)
def test_the_tests_of_a_row_exist(row: int) -> None:
    for one in ROWS[row]:
        path, _, name = one.partition("::")
        assert name in functions(path), f"row {row}: {one}"
