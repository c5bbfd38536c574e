"""Pages for people: templates in which customers' words are escaped, and nothing is missing."""

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape


def pages_of(package: str) -> Environment:
    """The templates in a package's folder `templates`."""
    return Environment(
        loader=PackageLoader(package),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
