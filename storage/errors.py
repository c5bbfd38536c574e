"""What storage refuses."""


class StoreError(Exception):
    """The store cannot do what was asked; says where, what, and what would be right."""
