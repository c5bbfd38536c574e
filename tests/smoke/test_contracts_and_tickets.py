"""Contracts taken in, a key made, a ticket posted: the installed command and real connections."""

import json
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

from tests.waiting import wait_until

TICKET = {
    "subject": "Orders fail",
    "text": "Nothing works, the whole company cannot send orders.",
    "sender": {"name": "Maria", "email": "maria@always.example"},
    "files": [{"name": "log.txt", "content_type": "text/plain", "content": "bGluZQ=="}],
}


def post(daemon: Any, body: object, key: str, id: str) -> tuple[int, dict[str, Any]]:
    request = urllib.request.Request(
        f"http://127.0.0.1:{daemon.http}/api/tickets",
        data=json.dumps(body).encode(),
        headers={
            "Authorization": f"Bearer {key}",
            "Content-Type": "application/json",
            "Idempotency-Key": id,
        },
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code, json.load(refusal)


def test_a_ticket_by_key_becomes_a_request_and_a_ping(daemon: Any, relay: Any) -> None:
    key = daemon.call("contracts", "key", "always").strip()
    database = b"".join(path.read_bytes() for path in daemon.path.glob("supportd.db*"))
    assert key.encode() not in database
    daemon.start()
    assert post(daemon, TICKET, "sdk_guess", "1")[0] == 401
    status, first = post(daemon, TICKET, key, "1")
    assert status == 201
    assert post(daemon, TICKET, key, "1") == (201, first)
    assert post(daemon, {**TICKET, "text": "Other"}, key, "1")[0] == 422
    wait_until(lambda: relay.to("maria@always.example"), "no receipt")
    wait_until(
        lambda: any("ping-1" in m["Message-ID"] for m in relay.to("ana@b2bee.example")), "no ping"
    )
    [request] = daemon.requests()
    assert (request["channel"], request["contract"]) == ("ticket", "Always d.o.o.")
    [copy] = [m for m in relay.to("ana@b2bee.example") if "copy" in m["Message-ID"]]
    assert [part.get_filename() for part in copy.walk() if part.get_filename()] == ["log.txt"]
    assert daemon.call("contracts", "key", "always", "--revoke").startswith("1 key of Always")
    assert post(daemon, TICKET, key, "2")[0] == 401
    assert daemon.stop() == 0
    assert key not in (daemon.path / "log").read_text()


def test_the_page_takes_a_ticket_and_says_so(daemon: Any, relay: Any) -> None:
    daemon.start()
    page = f"http://127.0.0.1:{daemon.http}/ticket"
    with urllib.request.urlopen(page, timeout=10) as answer:
        assert b"<form" in answer.read()
    fields = {"sender_email": "maria@always.example", "subject": "Orders", "text": TICKET["text"]}
    body = "".join(
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    )
    request = urllib.request.Request(
        page,
        data=f"{body}--x--\r\n".encode(),
        headers={"Content-Type": "multipart/form-data; boundary=x"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert answer.url.startswith(f"{page}/taken/")
    wait_until(lambda: relay.to("maria@always.example"), "no receipt")
    assert daemon.requests()[0]["channel"] == "ticket"
    assert daemon.stop() == 0
    assert "/api/tickets, the page /ticket" in (daemon.path / "log").read_text()


ROW = "customer;plan;starts_on;ends_on;persons\n{};always;2020-01-01;2099-12-31;{}\n"


def test_contracts_are_compared_imported_listed_and_shown(daemon: Any) -> None:
    file = daemon.path / "more.csv"
    file.write_bytes(ROW.format("Šibenik d.o.o.", "Žana <z@sibenik.example>").encode("cp1250"))
    planned = daemon.call("contracts", "import", "--dry-run", str(file))
    assert "+ Šibenik d.o.o., from 2020-01-01" in planned
    assert "Always d.o.o., from 2020-01-01: not in the file, left alone" in planned
    assert "Šibenik" not in daemon.call("contracts", "list", "--json")
    assert "1 added" in daemon.call("contracts", "import", str(file))
    assert "1 unchanged" in daemon.call("contracts", "import", str(file))
    listed = [json.loads(line) for line in daemon.call("contracts", "list", "--json").splitlines()]
    assert [(c["customer"], c["term"]) for c in listed] == [
        ("Always d.o.o.", "runs"),
        ("Šibenik d.o.o.", "runs"),
    ]
    [shown] = daemon.call("contracts", "show", "šibenik", "--json").splitlines()
    [zana] = json.loads(shown)["persons"]
    assert (zana["name"], zana["addresses"]) == ("Žana", ["z@sibenik.example"])
    assert "Žana <z@sibenik.example>" in daemon.call("contracts", "show", "Šibenik")
    assert "Always" in daemon.call("contracts", "list")  # a narrow terminal wraps it
    assert "no customer is" in daemon.call("contracts", "show", "nobody", code=1)
    assert "several customers" in daemon.call("contracts", "show", "d.o.o.", code=1)


def test_a_file_with_mistakes_changes_nothing_and_every_one_is_told(daemon: Any) -> None:
    file = daemon.path / "wrong.csv"
    row = "{};{};2020-01-01;2099-12-31;A <{}>\n"
    file.write_text(
        "customer;plan;starts_on;ends_on;persons\n"
        + row.format("Good d.o.o.", "always", "a@good.example")
        + row.format("Bad d.o.o.", "gold", "maria@always.example")
    )
    said = daemon.call("contracts", "import", str(file), code=1)
    assert "nothing was imported" in said
    assert 'line 3: contracts[2] "Bad d.o.o.": plan: "gold" is no plan of the policy' in said
    assert 'taken by the stored contract of "Always d.o.o." from 2020-01-01' in said
    assert "Good" not in daemon.call("contracts", "list", "--json")
