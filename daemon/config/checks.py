"""What joins sections, or looks at the machine: each check gives places and words.

A check runs only where the sections it reads are sound, so that no problem is a mere consequence
of another.
"""

import ssl
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from daemon.config import escalation_checks, slack_checks, version_checks, way_checks
from daemon.config.model import Settings
from daemon.config.problems import Place, did_you_mean
from daemon.config.values import quoted
from rules.model import ON_CALL

Problem = tuple[Place, str]
Given = Mapping[str, Any]
"""As it was written, over the shipped policy."""


def cross_check(settings: Settings, given: Given, broken: set[str], demo: bool) -> list[Problem]:
    """Every problem of sections that are not broken; `given` has the names in those that are."""
    checks: list[tuple[set[str], Callable[[], Iterator[Problem]]]] = [
        ({"accounts", "people"}, lambda: _addresses(settings)),
        (set(), lambda: _nobody(given)),
        (
            {"accounts", "mailboxes", "people", "escalation"},
            lambda: way_checks.coming_back(settings),
        ),
        ({"people"}, lambda: _without_address(settings)),
        (set(), lambda: _references(given)),
        ({"on_call", "rotations", "escalation", "people"}, lambda: _unused(settings, given)),
        (set(), lambda: _mailbox_accounts(given)),
        ({"mailboxes"}, lambda: _mailboxes_twice(settings)),
        ({"people", "escalation"}, lambda: way_checks.unknown_urls(settings)),
        ({"escalation"}, lambda: _catch_all_named(settings)),
        (set(), lambda: _rotation_names(given)),
        (
            {"on_call", "rotations", "escalation", "plans"},
            lambda: escalation_checks.references(settings, given),
        ),
        (
            {"on_call", "rotations", "escalation"},
            lambda: escalation_checks.asked_by_none(settings),
        ),
        ({"escalation"}, lambda: escalation_checks.unreachable(settings)),
        ({"escalation", "people"}, lambda: escalation_checks.by_one_chat_alone(settings)),
        ({"matrix", "people", "escalation"}, lambda: way_checks.by_matrix_without_it(settings)),
        ({"people", "escalation", "slack"}, lambda: slack_checks.ways(settings)),
        ({"smtp"}, lambda: _tls_files(settings)),
        ({"mailboxes"}, lambda: _authorities(settings)),
        ({"smtp", "http"}, lambda: _listening(settings)),
        ({"http", "prices"}, lambda: _offers(settings)),
        ({"store"}, lambda: _store(settings)),
        ({"letters"}, lambda: _letters(settings)),
        ({"holidays", "policies"}, lambda: version_checks.holidays(settings)),
        ({"closed_days", "open_days", "policies"}, lambda: version_checks.own_days(settings)),
        ({"effective_from", "policies"}, lambda: version_checks.dates_in_order(settings)),
    ]
    if not demo:
        reaching = {"people", "on_call", "rotations", "escalation", "mail"}
        checks.append((reaching, lambda: way_checks.everybody_reached(settings)))
        checks.append((reaching, lambda: way_checks.catch_all_reached(settings)))
    return [problem for reads, check in checks if not reads & broken for problem in check()]


def _nobody(given: Given) -> Iterator[Problem]:
    if given.get("accounts", {}) == {}:
        yield (
            ("accounts",),
            "there is none; customers need an address (like [accounts.support] with address ="
            ' "support@b2bee.example" and name = "B2Bee Support")',
        )
    if given.get("people", {}) == {}:
        yield (
            ("people",),
            'there is nobody (like [people.ana] with name = "Ana Horvat", addresses and ways)',
        )


def _without_address(settings: Settings) -> Iterator[Problem]:
    for name, person in settings.people.items():
        if not person.addresses:
            yield ("people", name, "addresses"), f"is empty; {name}'s answers come from one"


def _addresses(settings: Settings) -> Iterator[Problem]:
    """Who writes from an address, and which account it is, must have one answer each."""
    owner: dict[str, str] = {}
    for place, address in _claimed(settings):
        table = f"{place[0]}.{place[1]}"
        before = owner.setdefault(address, table)
        if before != table:
            yield place, f'"{address}" is an address of {before} too; one of them has to go'


def _claimed(settings: Settings) -> Iterator[tuple[Place, str]]:
    for name, account in settings.accounts.items():
        yield ("accounts", name, "address"), account.address
        for position, address in enumerate(account.aliases):
            yield ("accounts", name, "aliases", position), address
    for name, person in settings.people.items():
        for position, address in enumerate(person.addresses):
            yield ("people", name, "addresses", position), address


def _mentioned(given: Given) -> Iterator[tuple[Place, str]]:
    """Names of people wherever they stand, also in sections with other faults."""
    lists: list[tuple[Place, object]] = []
    for at, rotation in _rotations(given):
        for position, override in enumerate(_list(rotation.get("overrides"))):
            yield (*at, "overrides", position, "person"), _table(override).get("person", "")
        lists.append(((*at, "people"), rotation.get("people")))
        for position, layer in enumerate(_list(rotation.get("layers"))):
            lists.append(((*at, "layers", position, "people"), _table(layer).get("people")))
    escalation = _table(given.get("escalation"))
    yield from escalation_checks.mentioned(escalation)
    catch_all = escalation.get("catch_all")
    for place, names in (*lists, (("escalation", "catch_all"), catch_all)):
        for position, name in enumerate(_list(names)):
            yield (*place, position), name


def _rotations(given: Given) -> Iterator[tuple[Place, Given]]:
    yield ("on_call",), _table(given.get("on_call"))
    for name, rotation in _table(given.get("rotations")).items():
        yield ("rotations", name), _table(rotation)


def _table(value: object) -> Given:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _references(given: Given) -> Iterator[Problem]:
    names = list(_table(given.get("people")))
    tellable = escalation_checks.tellable(given)
    for place, name in _mentioned(given):
        if isinstance(name, str) and name not in names:
            known = names + (tellable if "tell" in place else [])
            yield place, f"{quoted(name)} is nobody in [people]; {did_you_mean(name, known)}"


def _unused(settings: Settings, given: Given) -> Iterator[Problem]:
    if settings.has_calendar:
        return  # it may name anybody
    used = {name for _, name in _mentioned(given) if isinstance(name, str)}
    for name in _table(given.get("people")):
        if name not in used:
            yield (
                ("people", name),
                "is never told anything; name this person in a rotation, a step or"
                " escalation.catch_all, or take the section out",
            )


def _rotation_names(given: Given) -> Iterator[Problem]:
    if ON_CALL in _table(given.get("rotations")):
        yield (
            ("rotations", ON_CALL),
            f"is the section [{ON_CALL}]'s own name; give it another one",
        )


def _catch_all_named(settings: Settings) -> Iterator[Problem]:
    if not settings.escalation.catch_all:
        yield (
            ("escalation", "catch_all"),
            'is empty: a request could end with nobody told (like ["ana"])',
        )


def _mailbox_accounts(given: Given) -> Iterator[Problem]:
    names = list(_table(given.get("accounts")))
    for mailbox, table in _table(given.get("mailboxes")).items():
        account = _table(table).get("account")
        if isinstance(account, str) and account not in names:
            words = f"{quoted(account)} is none of [accounts]; {did_you_mean(account, names)}"
            yield ("mailboxes", mailbox, "account"), words


def _mailboxes_twice(settings: Settings) -> Iterator[Problem]:
    owner: dict[tuple[str, str, str], str] = {}
    for name, box in settings.mailboxes.items():
        for position, folder in enumerate(box.folders):
            before = owner.setdefault((box.host.lower(), box.username, folder), name)
            if before != name:
                yield (
                    ("mailboxes", name, "folders", position),
                    f"{quoted(folder)} of {box.username} on {box.host} is mailboxes.{before}'s too;"
                    " one of them has to go",
                )


def _tls_files(settings: Settings) -> Iterator[Problem]:
    readable = True
    for key in ("tls_certificate", "tls_key"):
        path = getattr(settings.smtp, key)
        if path is None:
            continue
        try:
            path.open("rb").close()
        except OSError as error:
            readable = False
            yield ("smtp", key), f'"{path}" cannot be read: {error.strerror}'
    if readable and settings.smtp.tls_certificate is not None:
        yield from _tls_pair(settings)


def _tls_pair(settings: Settings) -> Iterator[Problem]:
    import ssl  # slow, and most commands need none

    smtp = settings.smtp
    assert smtp.tls_certificate is not None  # who calls has looked
    try:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(smtp.tls_certificate, smtp.tls_key, password="")
    except ssl.SSLError as error:
        why = (error.reason or "not PEM").replace("_", " ").lower()
        yield (
            ("smtp", "tls_certificate"),
            f'"{smtp.tls_certificate}" does not go with tls_key "{smtp.tls_key}": {why}',
        )


def _authorities(settings: Settings) -> Iterator[Problem]:
    for name, box in settings.mailboxes.items():
        if box.ca_file is None:
            continue
        try:
            ssl.create_default_context(cafile=box.ca_file)
        except ssl.SSLError:
            words = "has no certificate in it (PEM, like -----BEGIN CERTIFICATE-----)"
            yield ("mailboxes", name, "ca_file"), f'"{box.ca_file}" {words}'
        except OSError as error:
            why = f'"{box.ca_file}" cannot be read: {error.strerror}'
            yield ("mailboxes", name, "ca_file"), why


def _listening(settings: Settings) -> Iterator[Problem]:
    if settings.http.listen == settings.smtp.listen and settings.http.listen.port:
        yield ("http", "listen"), f'"{settings.http.listen}" is where smtp listens; take another'
    lmtp = settings.smtp.lmtp
    if lmtp is not None and lmtp in (settings.http.listen, settings.smtp.listen):
        yield ("smtp", "lmtp"), f'"{lmtp}" is where another door is; take another'


def _offers(settings: Settings) -> Iterator[Problem]:
    if settings.prices and not settings.http.public_url:
        yield (
            ("http", "public_url"),
            "is missing: offers by [prices] have a link to a page of ours (like"
            ' public_url = "https://support.b2bee.example")',
        )


def _store(settings: Settings) -> Iterator[Problem]:
    scheme, _, rest = settings.store.url.get_secret_value().partition("://")
    if scheme == "sqlite" and rest.lstrip("/") in ("", ":memory:"):
        yield ("store", "url"), 'has no file to remember in (like "sqlite:///var/supportd.db")'
    elif scheme.partition("+")[0] not in ("sqlite", "postgresql"):
        yield (
            ("store", "url"),
            'is neither "sqlite:///FILE" nor "postgresql://USER@HOST/DATABASE"; not shown here,'
            " it may be secret",
        )


def _letters(settings: Settings) -> Iterator[Problem]:
    if settings.letters.folder is None:
        return
    from daemon.letters.overrides import faults_in  # it asks this package what was meant

    for fault in faults_in(settings.letters.folder):
        yield ("letters", "folder"), fault
