"""Pages for people: templates in which customers' words are escaped, and nothing is missing,
one style, headers that shut everything else out, and plain forms.
"""

from http import HTTPStatus
from importlib.resources import files
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from jinja2 import (
    ChoiceLoader,
    Environment,
    PackageLoader,
    StrictUndefined,
    Template,
    select_autoescape,
)

from channels.ticket.body import Bounds, read
from channels.ticket.problems import Problem

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "Vary": "Accept-Language",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
}
_STYLE = files("channels").joinpath("templates/page.css").read_text(encoding="utf-8")
_BOUNDS = Bounds(max_size=64 * 1024)
"""Of a whole form: its words, percent-encoded, twice over."""
_MOST_FIELDS = 10


def pages_of(package: str) -> Environment:
    """The templates in a package's folder `templates`, and `page.html`, which they may extend."""
    return Environment(
        loader=ChoiceLoader([PackageLoader(package), PackageLoader("channels")]),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def shown(
    template: Template, base: str, language: str, status: HTTPStatus, **values: object
) -> Response:
    """A page that extends `page.html`; `base` is its path as people reach it."""
    html = template.render(base=base, language=language, **values)
    return HTMLResponse(html, status, {**HEADERS, "Content-Language": language})


def add_style(routes: APIRouter, path: str) -> None:
    """Serve the style below a page's own path: a proxy may pass nothing else."""

    @routes.get(f"{path}/style.css")
    async def style() -> Response:
        return Response(_STYLE, media_type="text/css", headers={"Cache-Control": "max-age=3600"})


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
