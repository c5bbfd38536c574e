"""What reading a message costs, beside the standard library alone, in one run.

    .venv/bin/python bench/mail_parse.py [--runs 5]

For each size: median seconds of the standard library's parser with every part decoded, and of ours
(parts, charsets, HTML, kind of mail, new text). Then the memory that a message of 25 MB takes at
its peak, the message included, as a multiple of its size.
"""

import argparse
import base64
import json
import random
import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable
from email import message_from_bytes
from email.policy import compat32
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from channels.mail.facts import facts

SIZES = {"2 KB": 2, "20 KB": 20, "200 KB": 200, "2 MB": 2_048, "25 MB": 25_600}
"""Kilobytes; from 200 KB on most of it is a file."""
SENTENCE = "narudžba cjenik sinkronizacija ne radi od jutros hvala poštovani skladište račun"


def message(kilobytes: int) -> bytes:
    """A reply with history, in text and HTML, and a file for what is left of the size."""
    luck = random.Random(4242)
    letter = min(kilobytes, 20) * 1024 // 4
    lines = "\n".join(" ".join(luck.choices(SENTENCE.split(), k=9)) for _ in range(letter // 75))
    history = "\n".join("> " + line for line in lines.split("\n"))
    said = "Dana 5.3.2024. u 12:00 Podrška <support@desk.example> napisao je:"
    page = "".join(f"<p>{line}</p>" for line in lines.split("\n"))
    file = base64.encodebytes(luck.randbytes(max(0, kilobytes - 20) * 1024 * 3 // 4)).decode()
    return (
        "From: Ana <ana@customer.example>\nTo: support@desk.example\nSubject: Re: narudžba\n"
        "Message-ID: <1@customer.example>\nIn-Reply-To: <0@desk.example>\nMIME-Version: 1.0\n"
        "Content-Type: multipart/mixed; boundary=m\n\n--m\n"
        "Content-Type: multipart/alternative; boundary=a\n\n--a\n"
        f"Content-Type: text/plain; charset=utf-8\n\n{lines}\n\n{said}\n{history}\n--a\n"
        f"Content-Type: text/html; charset=utf-8\n\n{page}\n--a--\n--m\n"
        "Content-Type: application/pdf; name=a.pdf\nContent-Transfer-Encoding: base64\n\n"
        f"{file}\n--m--\n"
    ).encode()


def standard_library(content: bytes) -> None:
    """Parsed, and every part decoded."""
    for part in message_from_bytes(content, policy=compat32).walk():
        part.get_payload(decode=True)


def seconds(read: Callable[[bytes], object], content: bytes) -> float:
    """CPU time of one reading: other work on the machine does not count."""
    began = time.process_time()
    read(content)
    return time.process_time() - began


READERS: dict[str, Callable[[bytes], object]] = {
    "standard library": standard_library,
    "supportd": facts,
}


def peak(read: Callable[[bytes], object], content: bytes) -> float:
    """Memory that reading takes at its peak, the message itself included, in its sizes."""
    tracemalloc.start()
    try:
        read(content)
        return 1 + tracemalloc.get_traced_memory()[1] / len(content)
    finally:
        tracemalloc.stop()


def main() -> None:
    """Print a line for each size, and one for the memory."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--runs", type=int, default=5)
    asked = arguments.parse_args()
    for size, kilobytes in SIZES.items():
        content = message(kilobytes)
        repeat = max(1, 400 // kilobytes)
        took: dict[str, list[float]] = {name: [] for name in READERS}
        for _ in range(asked.runs):
            for name, read in READERS.items():
                took[name].append(
                    sum(seconds(read, content) for _ in range(repeat)) / repeat * 1000
                )
        medians = {name: round(statistics.median(runs), 2) for name, runs in took.items()}
        print(json.dumps({"size": size, "bytes": len(content), "ms": medians}))
    peaks = {name: round(peak(read, content), 1) for name, read in READERS.items()}
    print(json.dumps({"size": size, "memory in its sizes": peaks}))


if __name__ == "__main__":
    main()
