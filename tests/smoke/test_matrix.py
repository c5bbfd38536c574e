"""A customer asks in Matrix, and a real daemon answers, whatever happens to it between."""

from typing import Any

from tests.matrix_peer import SUPPORT, MatrixPeer, in_thread
from tests.waiting import wait_until


def answers_in(matrix: MatrixPeer, room: str, root: str) -> list[str]:
    return [
        event["content"]["body"]
        for event in matrix.said(room)
        if event["content"]["m.relates_to"]["event_id"] == root
    ]


def test_what_is_asked_before_and_after_a_kill_has_one_receipt_each(
    matrix: MatrixPeer, daemon: Any
) -> None:
    room = matrix.room("maria", "ana", join=False)
    matrix.ask("POST", f"client/v3/join/{room}", "ana")
    contracts = daemon.path / "contracts.toml"
    home = f'domains = ["always.example"]\nchats = ["matrix:{room}"]'
    contracts.write_text(contracts.read_text().replace('domains = ["always.example"]', home))
    daemon.call("contracts", "import", str(contracts))
    text = daemon.config.read_text()
    daemon.config.write_text(
        text.replace('name = "Ana"', 'name = "Ana"\nmatrix = "@ana:localhost"')
        + f"""
[matrix]
homeserver = "{matrix.url}"
user = "{SUPPORT}"
token = "{matrix.tokens["support"]}"
"""
    )
    daemon.start()
    wait_until(lambda: matrix.joined(room))
    first = matrix.say(room, "Orders fail for everybody, nobody can work")
    (receipt,) = wait_until(lambda: answers_in(matrix, room, first))
    assert "#1" in receipt
    daemon.kill()
    matrix.say(room, "It works again", "ana", **in_thread(first))
    second = matrix.say(room, "How do I add a price?")
    daemon.start()
    (receipt,) = wait_until(lambda: answers_in(matrix, room, second))
    assert "#2" in receipt
    assert {r["id"]: r["state"] for r in daemon.requests()} == {1: "answered", 2: "open"}
    assert len(answers_in(matrix, room, first)) == 1
    assert daemon.stop() == 0
