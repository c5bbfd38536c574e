"""A request's body to a ticket: bounded while it is read, checked as a whole."""

import asyncio
import base64
import binascii
import re
from collections.abc import AsyncGenerator, Iterator, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from itertools import islice
from typing import Annotated, Any

from fastapi import Request
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails
from python_multipart.exceptions import FormParserError
from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from channels.mail.charsets import clean
from channels.mail.compose import mail_address
from channels.ticket.content import DEFAULT_TYPE
from channels.ticket.problems import FieldFault, Problem, too_large, unfit
from rules.model import Severity

_ADDRESS = re.compile(r"[^\s@<>()\[\]\\,;:\"]{1,64}@(?:[\w-]+\.)+[\w-]+")
_READ_SECONDS = 60.0
_PATIENCE = 4
"""Times the largest body, of which the rest is read and thrown away."""
_MOST_FIELDS = 20
_JSON_PARTS = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[,{\[]', re.DOTALL)
"""Texts (also one that never ends), and what begins or parts values."""
_MOST_PARTS, _PARTS_OF_A_FILE = 500, 50  # several times what a ticket has
_PIECE = 1 << 18


@dataclass(frozen=True)
class Bounds:
    """How much a ticket may hold."""

    max_size: int = 25_000_000
    """Bytes of a whole body, files in base64 included."""
    max_files: int = 10
    max_file_size: int = 10_000_000
    """Bytes of one file, decoded."""
    max_text: int = 100_000
    """Characters."""


def _readable(value: object) -> object:
    return clean(value).strip() if isinstance(value, str) else value


def _address(value: str) -> str:
    try:
        if _ADDRESS.fullmatch(value) and mail_address(value):
            return value.lower()
    except ValueError:
        pass  # nobody could answer it
    raise ValueError("is no e-mail address (like maria@adria.example)")


def _unwrapped(value: object) -> object:
    return "".join(value.split()) if isinstance(value, str) else value


def _base64(value: str) -> str:
    try:
        base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("is no base64") from None
    return value


Readable = BeforeValidator(_readable)


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Sender(_Part):
    """Who writes; answers go to the address."""

    name: Annotated[str, Readable] = Field("", max_length=200, examples=["Maria Kovač"])
    email: Annotated[str, Readable, AfterValidator(_address)] = Field(
        max_length=254, examples=["maria@adria.example"]
    )


class File(_Part):
    """A file; a hostile name is cleaned, never refused."""

    name: str = Field(max_length=1000, examples=["error.png"])
    content_type: str = Field(DEFAULT_TYPE, max_length=200)
    content: Annotated[str, BeforeValidator(_unwrapped), AfterValidator(_base64)] = Field(
        json_schema_extra={"contentEncoding": "base64"}
    )


class Ticket(_Part):
    """What a customer wants of us."""

    subject: Annotated[str, Readable] = Field(min_length=1, max_length=300)
    text: Annotated[str, Readable] = Field(min_length=1)
    sender: Sender
    severity_claim: Severity | None = Field(None, description="The sender's own word.")
    files: list[File] = []


async def read(request: Request, bounds: Bounds) -> bytes:
    """The whole body; raises Problem 413 if it is too large, 408 if it comes too slowly.

    What is too large is not kept, but read on for a while: a browser is told nothing while it is
    still sending. Who asks before sending (`Expect: 100-continue`) is told at once.
    """
    complaint = too_large(f"the body has more than {bounds.max_size} bytes")
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > bounds.max_size and "expect" in request.headers:
        raise complaint
    body = bytearray()
    size = 0
    try:
        async with asyncio.timeout(_READ_SECONDS):
            async for piece in request.stream():
                size += len(piece)
                if size <= bounds.max_size:
                    body += piece
                elif size > _PATIENCE * bounds.max_size:
                    break
    except TimeoutError:
        raise Problem(HTTPStatus.REQUEST_TIMEOUT, "the body came too slowly") from None
    if size > bounds.max_size:
        raise complaint
    return bytes(body)


def from_json(body: bytes, bounds: Bounds) -> Ticket:
    """The ticket of a JSON body; raises Problem 400, 413 or 422."""
    # Counted first: a fault told of each of a million values takes gigabytes, and the loop's time.
    most = _MOST_PARTS + _PARTS_OF_A_FILE * bounds.max_files
    if next(islice(_JSON_PARTS.finditer(body), most, None), None):
        detail = "has more values than any ticket"
        raise unfit([FieldFault(field="(the ticket)", detail=detail)])
    try:
        ticket = Ticket.model_validate_json(body)
    except ValidationError as error:
        raise _refusal(error) from None
    return _within(ticket, bounds)


FormField = tuple[str, str | dict[str, str]]
"""Its name, and a text or a file's name, type and content."""


async def fields_of(body: bytes, content_type: str) -> list[FormField]:
    """The fields of a multipart body, in their order; raises Problem 400."""

    async def stream() -> AsyncGenerator[bytes, None]:
        for start in range(0, len(body), _PIECE):
            yield body[start : start + _PIECE]
            await asyncio.sleep(0)  # others in the loop have their turn

    parser = MultiPartParser(
        Headers({"content-type": content_type}),
        stream(),
        max_files=1000,
        max_fields=_MOST_FIELDS,
        max_part_size=len(body) + 1,  # the body is bounded already
    )
    try:
        form = await parser.parse()
    except (MultiPartException, FormParserError, ValueError):
        raise Problem(HTTPStatus.BAD_REQUEST, "the body is no multipart/form-data") from None
    try:
        items = form.multi_items()
        return [(n, await _file(v) if isinstance(v, UploadFile) else v) for n, v in items]
    finally:
        await form.close()


def from_fields(fields: Sequence[FormField], bounds: Bounds) -> Ticket:
    """The ticket of a multipart body or a form; raises Problem 413 or 422."""
    given: dict[str, Any] = {}
    sender: dict[str, str] = {}
    files: list[dict[str, str]] = []
    for name, value in fields:
        if isinstance(value, dict):
            if name != "files":
                raise unfit([FieldFault(field="files", detail="are the only field for files")])
            if value["name"] or value["content"]:  # a form sends what was not chosen, too
                files.append(value)
        elif name in ("sender_name", "sender_email"):
            sender[name.removeprefix("sender_")] = value
        elif name not in ("severity_claim", "files") or value:
            given[name] = value
    if misused := {"sender", "files"} & given.keys():
        raise unfit([FieldFault(field=name, detail="cannot be text") for name in sorted(misused)])
    given |= {"sender": sender, "files": files}
    try:
        ticket = Ticket.model_validate(given)
    except ValidationError as error:
        raise _refusal(error) from None
    return _within(ticket, bounds)


async def _file(upload: UploadFile) -> dict[str, str]:
    content = await upload.read()
    return {
        "name": upload.filename or "",
        "content_type": upload.content_type or DEFAULT_TYPE,
        "content": base64.b64encode(content).decode(),
    }


def _within(ticket: Ticket, bounds: Bounds) -> Ticket:
    if faults := list(_large_files(ticket, bounds)):
        raise too_large("files are too large, or too many", faults)
    if len(ticket.text) > bounds.max_text:
        detail = f"has more than {bounds.max_text} characters; send the rest as a file"
        raise unfit([FieldFault(field="text", detail=detail)])
    return ticket


def _large_files(ticket: Ticket, bounds: Bounds) -> Iterator[FieldFault]:
    if len(ticket.files) > bounds.max_files:
        yield FieldFault(field="files", detail=f"are more than {bounds.max_files}")
    for number, file in enumerate(ticket.files):
        size = len(file.content) // 4 * 3 - file.content[-2:].count("=")
        if size > bounds.max_file_size:
            detail = f"has more than {bounds.max_file_size} bytes"
            yield FieldFault(field=f"files[{number}]", detail=detail)


_FAULTS = {
    "missing": "is missing",
    "string_type": "must be text",
    "string_too_short": "is empty",
    "string_unicode": "is no valid text",
    "list_type": "must be a list",
    "enum": f"must be one of {', '.join(Severity)}",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
}


def _refusal(error: ValidationError) -> Problem:
    found = error.errors(include_url=False, include_input=False)
    if any(details["type"] == "json_invalid" for details in found):
        return Problem(HTTPStatus.BAD_REQUEST, "the body is no JSON")
    return unfit([_fault(details) for details in found[:50]])


def _fault(details: ErrorDetails) -> FieldFault:
    """In our words: the library's might repeat what was sent, as an unknown field's name is."""
    kind, context = details["type"], details.get("ctx", {})
    where = ""
    for part in details["loc"] if kind != "extra_forbidden" else details["loc"][:-1]:
        where += f"[{part}]" if isinstance(part, int) else f".{part}" if where else part
    if kind == "value_error":
        words = str(context["error"])
    elif kind == "string_too_long":
        words = f"has more than {context['max_length']} characters"
    elif kind == "extra_forbidden":
        words = "has a field that is none of a ticket's"
    else:
        words = _FAULTS.get(kind, "does not fit")
    return FieldFault(field=where or "(the ticket)", detail=words)
