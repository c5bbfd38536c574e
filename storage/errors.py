"""What storage refuses."""


class StoreError(Exception):
    """The store cannot do what was asked; says where, what, and what would be right."""


class Outdated(StoreError):
    """The schema is newer than this program, which may finish what it has in hand, and no more."""


UNDONE = "the work went on after an error that undid it: nothing was stored"
