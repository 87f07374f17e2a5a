"""Mail to who can approve a payment file, in the language of each."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from django.utils.translation import gettext as _

from zelfboeken.payments.queries import Person
from zelfboeken.runtime.mail import send_later


def tell_approvers(
    people: Iterable[Person],
    *,
    by: str,
    number: int,
    name: str,
    total_cents: int,
    amount_text: Callable[[int], str],
    link: str,
) -> None:
    """Tell these people, once the transaction has ended, that a file waits for their approval."""

    def written() -> tuple[str, str]:
        values = {"by": by, "number": number, "name": name, "total": amount_text(total_cents), "link": link}
        return (
            _("Payments to approve: %(total)s") % values,
            "\n\n".join(
                (
                    _("%(by)s prepared payment file %(number)d of %(name)s, of %(total)s.") % values,
                    _("Look at it and approve it here:\n%(link)s") % values,
                    _("Nothing is paid before somebody approves it and the file goes to the bank."),
                )
            ),
        )

    for person in people:
        send_later(to=person.email, language=person.language, written=written)
