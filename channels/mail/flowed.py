"""Paragraphs out of lines that a mail program broke (RFC 3676, `format=flowed`)."""


def unflow(text: str, *, delete_space: bool = False) -> str:
    """The text with soft line ends taken out; `delete_space` is the parameter `delsp`."""
    paragraphs: list[tuple[int, list[str]]] = []
    flows = False
    for line in text.split("\n"):
        depth = len(line) - len(line.lstrip(">"))
        words = line[depth:].removeprefix(" ")
        if flows and depth == paragraphs[-1][0] and words != "-- ":
            paragraphs[-1][1].append(words)
        else:
            paragraphs.append((depth, [words]))
        flows = words.endswith(" ") and words != "-- "
        if flows and delete_space:
            paragraphs[-1][1][-1] = words[:-1]
    return "\n".join(
        (">" * depth + " " if depth else "") + "".join(words) for depth, words in paragraphs
    )
