"""What the environment and files of secrets set above the file, and that no secret is shown."""

from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from daemon.config import ConfigError, load
from daemon.config.values import parse_way
from tests.daemon.whole_config import SECRET, WHOLE, Written, changed, problems, written_in


@pytest.fixture
def config(tmp_path: Path) -> Written:
    return written_in(tmp_path)


def test_the_environment_overrides_the_file(config: Written) -> None:
    settings = load(
        config(WHOLE),
        {
            "SUPPORTD_SMTP__MAX_CONNECTIONS": "7",
            "SUPPORTD_MAIL__RELAY__HOST": "relay.b2bee.example",
            "SUPPORTD_ON_CALL__PEOPLE": '["ivo", "ana"]',
            "SUPPORTD_CONFIG": "elsewhere.toml",
            "SUPPORTD_SOAK": "1",
            "SUPPORTD_PORT": "tcp://10.0.0.1:8080",
            "OTHER__KEY": "x",
        },
        demo=False,
    )
    assert settings.smtp.max_connections == 7
    assert settings.mail.relay is not None
    assert settings.mail.relay.host == "relay.b2bee.example"
    assert settings.on_call.people == ("ivo", "ana")


@pytest.mark.parametrize(
    ("variable", "value", "line"),
    [
        ("SMTP__LISTEM", "x", "smtp.listem ({}): unknown key; did you mean listen?"),
        ("MIAL__RELAY__HOST", "x", "mial ({}): unknown key; did you mean mail?"),
        ("SMTP__MAX_CONNECTIONS", "many", "smtp.max_connections ({}): must be a whole number"),
        ("ON_CALL__PEOPLE", "ana", "on_call.people ({}): must be a list, in [ ]"),
        ("ON_CALL__PEOPLE__ANA", "x", "{}: there is no table to hold it in the configuration"),
    ],
)
def test_a_mistake_in_the_environment_names_the_variable(
    config: Written, variable: str, value: str, line: str
) -> None:
    found = problems(config(WHOLE), {f"SUPPORTD_{variable}": value})
    assert line.format(f"SUPPORTD_{variable}") in found


def test_a_secret_may_come_from_a_file(config: Written, tmp_path: Path) -> None:
    (tmp_path / "password").write_text(f"{SECRET}\n")
    (tmp_path / "ways").write_text("\nlog\n  mail:ana@home.example \n")
    text = changed(
        ("host =", f'username = "u"\npassword_file = "{tmp_path}/password"\nhost ='),
        ('["mail:ana@b2bee.example"]', f'["log"]\nways_file = "{tmp_path}/ways"'),
    )
    settings = load(config(text), {}, demo=False)
    assert settings.mail.relay is not None
    assert settings.mail.relay.password is not None
    assert settings.mail.relay.password.get_secret_value() == SECRET
    assert settings.people["ana"].all_ways == (
        parse_way("log"),
        parse_way("log"),
        parse_way("mail:ana@home.example"),
    )


def test_a_secret_given_twice_is_told(config: Written, tmp_path: Path) -> None:
    (tmp_path / "url").write_text("postgresql://db/x")
    text = f'{WHOLE}[store]\nurl = "sqlite:///x.db"\nurl_file = "{tmp_path}/url"\n'
    assert problems(config(text)) == ["store: url and url_file are both given; keep one of them"]


def test_a_secret_file_that_cannot_be_read_is_named(config: Written, tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("\n")
    (tmp_path / "binary").write_bytes(b"\xff")
    for name, why in (
        ("none", "cannot be read: No such file or directory"),
        ("binary", "cannot be read: it is not UTF-8 text"),
        ("empty", "is empty; the secret belongs there"),
    ):
        found = problems(config(f'{WHOLE}[store]\nurl_file = "{tmp_path}/{name}"\n'))
        assert found[0].startswith("store.url_file: ")
        assert found[0].endswith(f'{name}" {why}')


@pytest.mark.parametrize(
    ("environ", "broken"),
    [
        ({"SUPPORTD_MAIL__RELAY__PASSWORD": SECRET}, True),
        ({"SUPPORTD_MAIL__RELAY__PASSWORD": SECRET, "SUPPORTD_MAIL__RELAY__USERNAME": "u"}, False),
        ({"SUPPORTD_MAIL__RELAY__PASSWORD": f"{{{SECRET}"}, True),
        ({"SUPPORTD_MAIL__RELAY__PASSWORD": f'["{SECRET}"]'}, True),
        ({"SUPPORTD_MAIL__RELAY__PASWORD": SECRET}, True),
        ({"SUPPORTD_STORE__URL": f"postgresql://u:{SECRET}@db/x"}, False),
        ({"SUPPORTD_STORE__URL": f"mysql://u:{SECRET}@db/x"}, True),
        ({"SUPPORTD_STORE__URL__X": SECRET}, True),
        ({"SUPPORTD_PEOPLE__ANA__WAYS": f'["log", "{SECRET}"]'}, True),
        ({"SUPPORTD_PEOPLE__ANA__WAYS": SECRET}, True),
    ],
)
def test_no_secret_is_ever_shown(config: Written, environ: dict[str, str], broken: bool) -> None:
    try:
        settings = load(config(WHOLE), environ, demo=False)
    except ConfigError as error:
        assert broken
        shown, chained = f"{error} {error!r}", error.__suppress_context__
        assert chained  # a traceback would go on to pydantic's error
    else:
        assert not broken
        shown = f"{settings} {settings!r} {settings.model_dump()} {settings.model_dump_json()}"
    assert SECRET not in shown


def refusal(way: str) -> str:
    try:
        parse_way(way)
    except ValueError as error:
        return str(error)
    return ""


@settings(deadline=None)
@given(st.text(min_size=8))
def test_whatever_a_way_is_its_refusal_does_not_show_it(secret: str) -> None:
    assume(secret not in refusal("://"))  # which has examples in it
    assert secret not in refusal(f"{secret}:{secret}")
    assert secret not in refusal(f"mail:{secret}")
    assert "is no way to reach a person" in refusal(f"://{secret}")
