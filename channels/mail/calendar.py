"""An invitation (RFC 5545) in words."""

import re

_LONGEST = 65_536
_PROPERTY = re.compile(
    r"^(SUMMARY|DTSTART|DTEND|LOCATION|ORGANIZER|DESCRIPTION)((?:;[^:\n]*)?):(.*)$", re.MULTILINE
)
_ESCAPED = {"\\n": "\n", "\\N": "\n", "\\,": ",", "\\;": ";", "\\\\": "\\"}


def in_words(text: str) -> str:
    """What, when, where and who, a line each; empty if there is no event."""
    unfolded = re.sub(r"\n[ \t]", "", text[:_LONGEST])
    _, _, event = unfolded.partition("BEGIN:VEVENT")
    lines = [
        f"{name.capitalize().replace('Dtstart', 'From').replace('Dtend', 'Until')}: {said}"
        for name, parameters, value in _PROPERTY.findall(event.partition("END:VEVENT")[0])
        if (said := _said(name, parameters, value))
    ]
    return "\n".join(lines)


def _said(name: str, parameters: str, value: str) -> str:
    value = re.sub(r"\\[nN,;\\]", lambda m: _ESCAPED[m[0]], value).strip()
    if when := re.fullmatch(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)\d\d(Z?))?", value):
        zone = re.search(r"TZID=\"?([^;:\"]+)", parameters)
        day, time = f"{when[1]}-{when[2]}-{when[3]}", f" {when[4]}:{when[5]}" if when[4] else ""
        return f"{day}{time}{' UTC' if when[6] else f' ({zone[1]})' if zone else ''}"
    return re.sub(r"^mailto:", "", value, flags=re.IGNORECASE) if name == "ORGANIZER" else value
