"""A domain with people on both sides, for the tests of questions: an owner, a buyer, and staff of the office."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import parseaddr

from django.core import mail as outbox

from tests.banking import bank_lines, office_member, open_books_with_bank, take_in
from tests.books import NOW, TODAY, Books, new_user
from tests.files import movement, statement
from zelfboeken.access.models import DomainAssignment, PortalMember, User
from zelfboeken.access.rights import PortalRole, Role
from zelfboeken.access.services import Access, access_of, add_member
from zelfboeken.bank.models import BankLine
from zelfboeken.questions.models import Question, Side, SubjectKind, Topic
from zelfboeken.questions.services import Addressee, Subject, Words, ask


def link_to(slug: str, public_id: str) -> str:
    """Where a question is, as the tests name it."""
    return f"https://test/{slug}/{public_id or 'ontbrekend'}"


@dataclass(frozen=True)
class Stage:
    """Books with a bank; the owner (Directie), a buyer (Aankoop), and the one responsible at the office."""

    books: Books
    owner: User
    buyer: User
    office: User
    line: BankLine

    def access(self, user: User) -> Access:
        """What this user may do now."""
        return access_of(user_id=user.id, slug=self.books.domain.slug, on=TODAY)

    @property
    def subject(self) -> Subject:
        """The payment that nobody knows."""
        return Subject(SubjectKind.BANK_LINE, self.line.id, "ledger.see", "ONBEKEND, € -45,00")

    def ask(
        self,
        by: User,
        *,
        subject: Subject | None = None,
        to: Addressee | None = None,
        topic: str = Topic.BOOKING,
        title: str = "Waarvoor was dit?",
        text: str = "We vinden geen factuur.",
        at: datetime = NOW,
    ) -> Question:
        """A question by this user; by default about the payment, to the other side."""
        access = self.access(by)
        is_office = by == self.office
        return ask(
            access=access,
            administration_id=self.books.administration.id,
            subject=self.subject if subject is None else subject,
            topic=topic,
            title=title,
            words=Words(text),
            to=to or Addressee(Side.DOMAIN if is_office else Side.OFFICE),
            at=at,
            link_to=link_to,
        )


@contextmanager
def open_stage() -> Iterator[Stage]:
    """A new stage, its scope open."""
    with open_books_with_bank() as books:
        yield fill_stage(books)


def fill_stage(books: Books) -> Stage:
    """The people and the payment, in books with a bank whose scope is open."""
    owner = new_user(f"baas{books.domain.id}@example.test", name="Bo Baas")
    add_member(domain=books.domain, user=owner, is_owner=True)
    buyer = new_user(f"koper{books.domain.id}@example.test", name="An Aankoop")
    add_member(domain=books.domain, user=buyer, roles=frozenset({Role.PURCHASE}))
    office, _ = office_member(books, PortalRole.PORTAL_BACKOFFICE)
    User.objects.filter(id=office.id).update(name="Els Kantoor")
    office.refresh_from_db()
    take_in(books, statement(movement(-4_500, text="DIVERSE", iban=None, name="ONBEKEND")))
    return Stage(books, owner, buyer, office, bank_lines(books)[-1])


def controller(stage: Stage) -> User:
    """A controller of the domain, beside the one responsible."""
    user, _ = office_member(stage.books, PortalRole.CONTROLLER)
    DomainAssignment.objects.filter(member=PortalMember.objects.get(user=user)).update(
        task=DomainAssignment.Task.CONTROLLER
    )
    return user


def mails() -> list[tuple[str, str]]:
    """(to, subject) of the mails that were sent."""
    return [(one.to[0], one.subject) for one in outbox.outbox]


def reply_to_of(to: User) -> str:
    """The address of the last mail to this user to answer to."""
    [address] = [one for one in outbox.outbox if one.to == [to.email]][-1].reply_to
    return parseaddr(address)[1]


def reply(
    *,
    sender: str,
    to: str,
    text: str = "Voor de winkel.",
    files: Sequence[tuple[str, bytes]] = (),
    mail_id: str = "<een@test>",
    **heads: str,
) -> bytes:
    """A mail, as a mail server hands it over."""
    made = EmailMessage()
    made["From"], made["To"], made["Subject"], made["Message-ID"] = sender, to, "Re: vraag", mail_id
    for name, value in heads.items():
        made[name.replace("_", "-")] = value
    made.set_content(text)
    for name, content in files:
        made.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return made.as_bytes()
