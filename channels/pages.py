"""Pages for people: templates in which customers' words are escaped, and nothing is missing,
headers that shut everything else out, and plain forms.
"""

from http import HTTPStatus
from urllib.parse import parse_qsl

from fastapi import Request
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from channels.ticket.body import Bounds, read
from channels.ticket.problems import Problem

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
}
_BOUNDS = Bounds(max_size=64 * 1024)
"""Of a whole form: its words, percent-encoded, twice over."""
_MOST_FIELDS = 10


async def form(request: Request) -> dict[str, str]:
    """The fields of a form that a page sent; raises Problem for what no page of ours sends."""
    body = await read(request, _BOUNDS)
    try:
        pairs = parse_qsl(
            body.decode("ascii"), keep_blank_values=True, max_num_fields=_MOST_FIELDS,
            errors="replace",
        )  # fmt: skip
    except ValueError:
        pairs = []
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise unfit()
    return fields


def unfit() -> Problem:
    """Why a form is not taken: it is none of ours."""
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "some fields do not fit")


def pages_of(package: str) -> Environment:
    """The templates in a package's folder `templates`."""
    return Environment(
        loader=PackageLoader(package),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
