"""Templates without the indentation that makes them readable to us: a third of what a browser would be sent."""

import re

from django.template import Origin
from django.template.loaders import filesystem

_INDENTATION = re.compile(r"\n[ \t\n]+")


class Loader(filesystem.Loader):
    """Django's own, which takes the white space at the beginning of each line away.

    A line's end is kept, so that words stay apart; what a template shows inside `<pre>` comes from values and is whole.
    """

    def get_contents(self, origin: Origin) -> str:
        """The text of a template file."""
        return _INDENTATION.sub("\n", super().get_contents(origin))
