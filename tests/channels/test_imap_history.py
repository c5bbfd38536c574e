"""What is history in a mailbox, and what is mail, whatever becomes of its numbers."""

from datetime import timedelta

from tests.channels.imap_box import LONG_AGO, NOW, Box, letter


def test_what_lay_there_at_the_first_connection_is_history(box: Box) -> None:
    box.deliver(letter("years ago"), LONG_AGO)
    box.deliver(letter("just now"))
    box.look_first()
    box.deliver(letter("new"))
    box.follow(lambda: len(box.desk.stored) == 3)
    assert box.desk.subjects(history=True) == ["years ago", "just now"]
    assert box.desk.subjects() == ["new"]


def test_what_arrives_while_we_are_down_after_a_first_look_at_nothing_is_mail(box: Box) -> None:
    box.look_first()
    assert box.desk.cursors
    box.deliver(letter("new"))
    box.follow(lambda: len(box.desk.stored) == 1)
    assert box.desk.subjects() == ["new"]


def test_what_the_server_took_before_the_newest_of_history_and_delivered_later_is_mail(
    box: Box,
) -> None:
    box.deliver(letter("just now"), NOW)
    box.look_first()
    box.follow(lambda: len(box.desk.stored) == 1)
    box.deliver(letter("took longer"), NOW - timedelta(seconds=20))
    box.follow(lambda: len(box.desk.stored) == 2)
    assert box.desk.subjects() == ["took longer"]


def test_what_came_before_a_set_start_is_history(box: Box) -> None:
    start = NOW - timedelta(days=10)
    box.deliver(letter("before"), start - timedelta(seconds=1))
    box.deliver(letter("after"), start)
    box.follow(lambda: len(box.desk.stored) == 2, start_at=start)
    assert box.desk.subjects(history=True) == ["before"]
    assert box.desk.subjects() == ["after"]


def test_a_date_far_ahead_does_not_make_what_follows_history(box: Box) -> None:
    box.deliver(letter("made up"), NOW + timedelta(days=3650))
    box.look_first()
    box.deliver(letter("new"))
    box.follow(lambda: len(box.desk.stored) == 2)
    assert box.desk.subjects() == ["new"]


def test_a_new_uidvalidity_has_everything_read_again_and_history_stays_history(box: Box) -> None:
    box.deliver(letter("history"), NOW)
    box.look_first()
    box.deliver(letter("new"), NOW + timedelta(seconds=30))
    box.follow(lambda: len(box.desk.stored) == 2)
    box.server.renumber(box.user, box.validity() + 1)
    box.follow(lambda: len(box.desk.stored) == 4)
    again = box.desk.stored[2:]
    assert {a.content for a in again} == {a.content for a in box.desk.stored[:2]}
    assert sorted(box.desk.subjects(history=True)) == ["history", "history"]


def test_a_folder_put_back_from_a_backup_is_read_again_though_uids_come_again(box: Box) -> None:
    box.look_first()
    for n in range(3):
        box.deliver(letter(f"lost {n}"))
    box.follow(lambda: len(box.desk.stored) == 3)
    with box.client() as client:
        client.delete_messages([1, 2, 3])
        client.expunge()
    box.server.renumber(box.user, box.validity())
    box.deliver(letter("after the backup"), NOW + timedelta(seconds=5))
    box.follow(lambda: len(box.desk.stored) == 4)
    assert box.desk.subjects()[-1] == "after the backup"
    ids = [a.envelope.external_id.split("/") for a in box.desk.stored]
    assert ids[0][:4] == ids[3][:4]  # the same folder, UIDVALIDITY and uid
    assert ids[0] != ids[3]


def test_a_week_of_being_down_loses_nothing(box: Box) -> None:
    box.look_first()
    for day in range(7):
        for n in range(30):
            box.deliver(letter(f"{day}-{n}"), NOW + timedelta(days=day))
    box.follow(lambda: len(box.desk.stored) == 210, clock=lambda: NOW + timedelta(days=7))
    assert box.desk.subjects() == [f"{day}-{n}" for day in range(7) for n in range(30)]
    assert box.desk.stored[-1].envelope.received_at == NOW + timedelta(days=6)
