"""What storage refuses."""


class StoreError(Exception):
    """The store cannot do what was asked; says where, what, and what would be right."""


UNDONE = "the work went on after an error that undid it: nothing was stored"
