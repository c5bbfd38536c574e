"""People of ours in a Slack in the test's hand: cards are posted there, and pressed on."""

import asyncio
import io
import itertools
import json
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import aiohttp

from channels.base import Absent, CannotTell, Sent
from channels.slack.arrivals import Taker
from channels.slack.backfill import Backfill
from channels.slack.clicks import Clicks
from channels.slack.door import PATH, SlackDoor
from channels.slack.way import SlackWay
from channels.slack.web import Lost, Refused, Web
from daemon.chat.doors import threads
from daemon.chat.slack_desk import SlackDesk
from daemon.http import Health, HttpServer, build_app
from rules.model import Notice, Way
from tests.daemon.house import House
from tests.daemon.stand_ins import Post
from tests.slack_events import ACCOUNT, ANA, TAKER, US, envelope, message
from tests.slack_peer import SECRET, signed

IVO, ROOM = "U0IVO", "C0ONCALL"
NASTY = [
    "<!channel> <@U0ANA> <http://evil.example|click> *bold* :x:",
    "\N{RIGHT-TO-LEFT OVERRIDE}gpj.exe \N{ARABIC LETTER ALEF}",
    "\N{PILE OF POO}" * 4000,
    "&lt;!here&gt; ```code``` ~no~\n" * 300,
]
"""What customers may write."""
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Workspace(Web):
    """Slack's API, as far as cards need it: what is posted stays, and can be looked at."""

    def __init__(self) -> None:
        super().__init__("xoxb-x", "http://127.0.0.1:9/api/")
        self.messages: dict[str, dict[str, Any]] = {}
        """By place, `C0ONCALL/1.000100`, in order; as they are now."""
        self.called: list[tuple[str, dict[str, Any]]] = []
        self.failing: dict[str, Refused] = {}
        """What becomes of calls, by method; Lost is carried out all the same."""
        self.meanwhile: Callable[[], object] | None = None
        """What happens, once, while a message is posted, or before it is updated."""
        self.shared: set[str] = set()
        self._numbers = itertools.count(1)

    async def call(self, method: str, **arguments: object) -> Mapping[str, Any]:
        given: dict[str, Any] = json.loads(json.dumps(arguments))
        self.called.append((method, given))
        failing = self.failing.get(method)
        if failing and not isinstance(failing, Lost):
            raise failing
        found = self._answer(method, given)
        if failing:
            raise failing
        return {"ok": True, **found}

    def _answer(self, method: str, given: dict[str, Any]) -> dict[str, Any]:
        match method:
            case "conversations.open":
                return {"channel": {"id": f"D{given['users']}"}}
            case "conversations.info":
                return {"channel": {"is_ext_shared": given["channel"] in self.shared}}
            case "chat.postMessage":
                ts = f"1700000000.{next(self._numbers):06}"
                self.messages[f"{given['channel']}/{ts}"] = given | {"ts": ts, "user": US.user}
                if happens := self.meanwhile:
                    self.meanwhile = None
                    happens()
                return {"ts": ts, "channel": given["channel"]}
            case "chat.update":
                if happens := self.meanwhile:
                    self.meanwhile = None
                    happens()
                self.messages[f"{given['channel']}/{given['ts']}"] |= given
                return {"ts": given["ts"]}
            case "users.conversations":
                return {"channels": [{"id": r} for r in {p.split("/")[0] for p in self.messages}]}
            case "conversations.history" | "conversations.replies":
                room, under = f"{given['channel']}/", given.get("ts")
                found = [m for p, m in self.messages.items() if p.startswith(room)]
                if under:
                    found = [m for m in found if under in (m["ts"], m.get("thread_ts"))]
                return {"messages": found}
        return {}

    async def pages(
        self, method: str, key: str, patience: float = 0.0, **arguments: object
    ) -> AsyncIterator[list[Any]]:
        found = await self.call(method, **arguments)
        yield found[key]

    def calls(self, method: str) -> list[dict[str, Any]]:
        return [given for name, given in self.called if name == method]


class Begun:
    """A memory that has read everything up to now."""

    async def load(self, name: str) -> str:
        return "9999999999.0 9999999999.0"


class Slack(Post):
    """The real way out into that workspace."""

    def __init__(self) -> None:
        super().__init__("slack")
        self.web = Workspace()
        self._way = SlackWay(self.web)

    async def send(self, notice: Notice) -> Sent:
        sent = await self._way.send(notice)
        self.taken.append(notice)
        return sent

    async def find(self, notice: Notice) -> Sent | Absent | CannotTell:
        return await self._way.find(notice)


class Office:
    """Ana is reached in Slack, Ivo by mail and in Slack; both press."""

    def __init__(self, house: House) -> None:
        self.house = house
        house.slack = self.slack = Slack()
        self.web = self.slack.web
        people = house.playbook.people
        ana = replace(
            people["ana"], ways=(Way("slack", ANA),), identities=frozenset({f"slack:{ANA}"})
        )
        ivo = replace(people["ivo"], identities=frozenset({f"slack:{IVO}"}))
        self.under(people={**people, "ana": ana, "ivo": ivo})

    def under(self, **changed: Any) -> None:
        """Go on with another playbook."""
        self.house.under(replace(self.house.playbook, **changed))
        house = self.house
        self.desk = SlackDesk(
            house.thread, house.playbook, house.desk, lambda: house.now, lambda: None
        )
        clicks = Clicks(self.web, self.desk, lambda: US, lambda: house.now, seconds=60)

        async def nowhere() -> Any:
            return {}

        self.door = SlackDoor(
            web=self.web,
            account=ACCOUNT,
            threads=nowhere,
            rooms=nowhere,
            clock=lambda: house.now,
            signing_secret=SECRET,
            listen=clicks.listen,
        )
        self.door.taker = Taker(US, ACCOUNT)

        async def receive(arrivals: Any, cursor: Any = None) -> None:
            raise AssertionError("nothing pressed is an arrival")

        self.door._receive = receive

    # --- What the story does ---

    def asks(self, text: str = "Orders fail for all our sales reps, nobody can work") -> None:
        """Standard's customer writes a mail, and Ana is told in time."""
        self.house.mail("s@standard.example", "Orders", text)
        self.house.pass_(minutes=50)

    def card(self, room: str = f"D{ANA}") -> dict[str, Any]:
        """The one card in a room."""
        (card,) = [
            m
            for place, m in self.web.messages.items()
            if place.startswith(f"{room}/") and m.get("blocks")
        ]
        return card

    def thread(self, room: str = f"D{ANA}") -> list[str]:
        """What stands under it."""
        ts = self.card(room)["ts"]
        return [m["text"] for m in self.web.messages.values() if m.get("thread_ts") == ts]

    def press(self, move: str, choice: str = "", by: str = ANA, team: str = US.team) -> int:
        """A click on the card as it stands; the status Slack hears."""
        return self.click(self.value(move, choice), move, by, team)

    def value(self, move: str, choice: str = "") -> dict[str, Any]:
        """What the card's button or menu says, as Slack sends it."""
        for block in self.card()["blocks"]:
            for element in block.get("elements", []):
                if element.get("action_id") != f"supportd:{move}":
                    continue
                if element["type"] == "button":
                    return {"type": "button", "value": element["value"]}
                for option in element["options"]:
                    if option["value"].endswith(f":{choice}"):
                        return {"type": "static_select", "selected_option": option}
        raise AssertionError(f"no {move} {choice} on the card")

    def click(self, value: dict[str, Any], move: str, by: str = ANA, team: str = US.team) -> int:
        card = self.card()
        status, _ = self.post(
            {
                "type": "block_actions",
                "user": {"id": by, "team_id": team},
                "trigger_id": "1.2.x",
                "container": {"type": "message", "message_ts": card["ts"]},
                "channel": {"id": card["channel"]},
                "actions": [{"action_id": f"supportd:{move}", "block_id": "b", **value}],
            }
        )
        self.house.work()
        return status

    def window(self) -> dict[str, Any]:
        """The one opened last."""
        view: dict[str, Any] = self.web.calls("views.open")[-1]["view"]
        return view

    def enter(
        self, words: str, choice: str = "", by: str = ANA, key: str = "V1", view: Any = None
    ) -> Any:
        """Send off the window opened last, or another; what Slack is told to do with it."""
        view = view or self.window()
        values: dict[str, Any] = {"words": {"words": {"value": words}}}
        if choice:
            values["choice"] = {"choice": {"selected_option": {"value": choice}}}
        status, body = self.post(
            {
                "type": "view_submission",
                "user": {"id": by, "team_id": US.team},
                "view": view | {"id": key, "state": {"values": values}},
            }
        )
        self.house.work()
        assert status == 200
        return json.loads(body) if body else None

    def command(self, text: str, user: str = ANA) -> str:
        """What `/support` answers."""
        form = {"command": "/support", "text": text, "user_id": user, "team_id": US.team}
        status, body = self._send(urlencode(form).encode(), FORM)
        assert status == 200
        self.house.work()
        answer = json.loads(body)
        assert answer["response_type"] == "ephemeral"
        said: str = answer["blocks"][0]["text"]["text"]
        return said

    def goes_home(self, user: str = ANA) -> dict[str, Any]:
        """The home tab that is published."""
        event = {"type": "app_home_opened", "user": user, "tab": "home", "channel": "D1"}
        status, _ = self._send(json.dumps(envelope(event)).encode(), {})
        assert status == 200
        (call,) = self.web.calls("views.publish")
        view: dict[str, Any] = call["view"]
        return view

    def says_below(self, text: str, user: str = ANA, under: Any = None, **more: Any) -> None:
        """Somebody writes in the thread under the card, or under another message."""
        under = under or self.card()
        self.says(text, user, under["channel"], thread_ts=under["ts"], **more)

    def says(self, text: str, user: str = ANA, room: str = f"D{ANA}", **more: Any) -> None:
        """Somebody writes in a room, or to the bot alone."""
        self.house.now += timedelta(seconds=1)
        said = message(text, self.house.now, user, room, **more)
        arrival = TAKER.of_event(envelope(said))
        assert arrival is not None
        self.house.take_in([arrival])
        self.house.work()

    def writes_below_unheard(self, text: str, user: str = ANA) -> None:
        """The same while no event reaches us."""
        card = self.card()
        self.house.now += timedelta(seconds=1)
        said = message(text, self.house.now, user, card["channel"], thread_ts=card["ts"])
        del said["channel"]
        self.web.messages[f"{card['channel']}/{said['ts']}"] = said

    def looks_back(self) -> None:
        """A round through Slack's history, in rooms where all that was said is history."""
        house, arrivals = self.house, []

        async def receive(found: Any, cursor: Any = None) -> None:
            arrivals.extend(found)

        async def places() -> Mapping[str, Any]:
            return await house.thread.read(lambda tx: threads(tx, "slack", lambda: house.now))

        async def rooms() -> list[str]:
            return []

        look = Backfill(self.web, TAKER, receive, Begun(), places, rooms, lambda: house.now)
        house.loop.run_until_complete(look.round())
        house.take_in(arrivals)
        house.work()

    def post(self, payload: Any) -> tuple[int, str]:
        """An interaction, as Slack posts it."""
        return self._send(urlencode({"payload": json.dumps(payload)}).encode(), FORM)

    def _send(self, body: bytes, headers: dict[str, str]) -> tuple[int, str]:
        return self.house.loop.run_until_complete(self._post(body, headers))

    async def _post(self, body: bytes, headers: dict[str, str]) -> tuple[int, str]:
        app = build_app(lambda: Health(()), lambda: Health(()), lambda: b"")
        app.include_router(self.door.router())
        server = HttpServer(app, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{server.bind()}{PATH}"
        serving = asyncio.create_task(server.run())
        try:
            async with (
                aiohttp.ClientSession() as session,
                session.post(url, data=io.BytesIO(body), headers=signed(body, headers)) as answer,
            ):
                said = await answer.text()
            # Bolt goes on after the answer: what is said to whoever pressed.
            await asyncio.sleep(0.01)
            return answer.status, said
        finally:
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)

    def told(self) -> list[str]:
        """What was said to whoever pressed, alone."""
        return [call["text"] for call in self.web.calls("chat.postEphemeral")]


def texts(card: dict[str, Any], kind: str) -> list[str]:
    """Everything a card shows, of one kind of text."""

    def walk(value: Any) -> Iterator[str]:
        if isinstance(value, dict):
            if value.get("type") == kind and isinstance(value.get("text"), str):
                yield value["text"]
            for each in value.values():
                yield from walk(each)
        elif isinstance(value, list):
            for each in value:
                yield from walk(each)

    return list(walk(card["blocks"]))


def buttons(card: dict[str, Any]) -> list[str]:
    actions = [b for b in card["blocks"] if b["type"] == "actions"]
    elements = actions[0]["elements"] if actions else []
    return [element["action_id"].removeprefix("supportd:") for element in elements]


def acknowledge(office: Office, person: str) -> None:
    """By command, past Slack."""
    house = office.house
    house.store.write(lambda tx: house.desk.acknowledge(tx, 1, person, house.now))
