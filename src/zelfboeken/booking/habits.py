"""What an administration usually books where: a counting model that explains itself by its counts.

Each booked document adds one to the count of every (feature, outcome) it shows: the party, the party with a word or
an amount, a word alone, and for sales their VAT alone. A suggestion walks from the vague to the exact, each step
trusting its own counts as far as there are many and they agree (interpolated counting with Witten-Bell weights). No
training job: the counts are rows (feature, outcome, count) per administration, read with :func:`counts_of` and raised
by :func:`observe`.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import islice

from zelfboeken.booking.chart_words import tokens

Counts = Mapping[str, Mapping[str, int]]
"""Feature to outcome to the number of documents."""

CERTAIN_AFTER = 3
CERTAIN_PERCENT = 95
_SECOND_SOURCE_AFTER = 2
"""So many documents are enough where something else says the same: the words in general, or the kind of sale."""
_ALL_SALES_AFTER = 10
"""What is sold at one VAT rate is one account when so many sales in a row say so, whoever buys."""
_MAX_WORDS = 12
_MAX_WORD_LENGTH = 30
_WORD = re.compile(r"[a-z][a-z'-]{2,}")
_NO_MEANING = frozenset(
    tokens(
        "aan als bij dat den der des deze dit door een het hun met naar niet nog ons onze per tot uit van voor werd "
        "wij zijn aux avec ces cet cette dans est les mon nos notre par pas pour que qui sans ses son sur une vos "
        "votre and are for from not our that the this was with you your "
        "januari februari maart april mei juni juli augustus september oktober november december "
        "janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre "
        "january february march may june july august october "
        "maand mois month jaar annee year periode period factuur facture invoice datum date aantal stuk stuks pcs "
        "creditnota kredietnota creditnote credit note avoir und der die das mit von "
    )
)


@dataclass(frozen=True, slots=True)
class Observation:
    """A line as the model sees it.

    ``contact_key`` is whatever names the party the same way every time (its VAT number, say). ``tax`` is what the
    document says: side and kind, VAT category and rate (``PIS21``, ``SCAE0``; see `booking.proposal`). Bookings at
    another rate are no example for this one.
    """

    contact_key: str
    description: str
    amount_cents: int
    tax: str = ""

    @property
    def is_sale(self) -> bool:
        """Whether we are the seller: what is sold then tells more than to whom."""
        return self.tax.startswith("S")

    @property
    def of_invoice(self) -> "Observation | None":
        """For a line of a credit note, the line of the invoice that it takes back; else None."""
        if self.tax[1:2] != "C":
            return None
        return replace(self, tax=f"{self.tax[:1]}I{self.tax[2:]}")


@dataclass(frozen=True, slots=True)
class Usual:
    """Where such a line goes in general, before anything was booked here, and the sentence that says so."""

    outcome: "Outcome"
    reason: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """Where a line went: account, VAT code and deductible share in percent."""

    gl_code: str
    vat_code: str
    deductible_percent: Decimal

    @property
    def text(self) -> str:
        """The outcome as it is stored; :meth:`of` reads it back."""
        return f"{self.gl_code}|{self.vat_code}|{self.deductible_percent.normalize():f}"

    @classmethod
    def of(cls, text: str) -> "Outcome":
        """The outcome stored as ``text``."""
        gl_code, vat_code, percent = text.split("|")
        return cls(gl_code, vat_code, Decimal(percent))


@dataclass(frozen=True, slots=True)
class Increment:
    """Raise the count of this pair by ``by`` (negative to unlearn)."""

    feature: str
    outcome: str
    by: int = 1


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What fits best, how sure the counts are of it (0 to 1), and why.

    ``certain`` is said only for a choice of the user himself, after at least 3 documents of which 95 % agree, or after
    2 with the same words or that say what the line usually is; never when one of its words points elsewhere. It may be
    booked without a person where the user allowed that.
    """

    outcome: Outcome
    certainty: float
    certain: bool
    reasons: tuple[str, ...]


def words_of(description: str) -> tuple[str, ...]:
    """The words that can mean something: plain, three letters or more, no figures, months or small words, sorted."""
    found = {
        token[:_MAX_WORD_LENGTH] for token in tokens(description) if _WORD.fullmatch(token) and token not in _NO_MEANING
    }
    return tuple(islice(sorted(found), _MAX_WORDS))


def observe(document: Iterable[tuple[Observation, Outcome]], *, by: int = 1) -> tuple[Increment, ...]:
    """The counts one booked document raises. Lines alike count once, so counts are numbers of documents.

    A booking that is reversed is unlearned with the same lines and ``by=-1``.
    """
    pairs = {(feature, outcome.text) for seen, outcome in document for feature in _features(seen)}
    return tuple(Increment(feature, outcome, by) for feature, outcome in sorted(pairs))


def features_of(seen: Observation) -> tuple[str, ...]:
    """The features whose counts a suggestion for this line needs (to load them in one query)."""
    of_invoice = seen.of_invoice
    return tuple(dict.fromkeys([*_features(seen), *(_features(of_invoice) if of_invoice else ())]))


def counts_of(rows: Iterable[tuple[str, str, int]]) -> dict[str, dict[str, int]]:
    """Counts from stored rows (feature, outcome, count); rows of one pair add up, and what was unlearned is gone."""
    sums: dict[tuple[str, str], int] = {}
    for feature, outcome, count in rows:
        sums[feature, outcome] = sums.get((feature, outcome), 0) + count
    counts: dict[str, dict[str, int]] = {}
    for (feature, outcome), count in sums.items():
        if count > 0:
            counts.setdefault(feature, {})[outcome] = count
    return counts


def suggest(
    seen: Observation,
    own: Counts,
    *,
    wider: Sequence[Counts] = (),
    chosen: Outcome | None = None,
    usual: Usual | None = None,
) -> Suggestion | None:
    """The best outcome for a line, or None when nothing at all is known.

    ``chosen`` is the default the user set for this party: it wins. ``own`` are the administration's counts, ``wider``
    those of the office and of everybody, widest first: they fill in, but make nothing certain. ``usual`` is what
    the words of the description mean in general.
    """
    if chosen is not None:
        reason = f"Rekening {chosen.gl_code} is de vaste rekening die je voor deze relatie koos."
        return Suggestion(chosen, 1.0, True, (reason,))
    words = words_of(seen.description)
    shares = _shares(seen, words, own, wider, usual)
    of_invoice = seen.of_invoice
    if not shares:
        return None
    # Equal shares: the outcome's text decides, so that the same counts always say the same.
    best = min(shares, key=lambda outcome: (-shares[outcome], outcome))
    certain = _is_certain(seen, words, own, best, usual) or (
        of_invoice is not None
        and not _contradicted(seen, words, own, best)
        and _is_told_of_invoice(of_invoice, words, own, best)
    )
    return Suggestion(
        outcome=Outcome.of(best),
        certainty=min(shares[best], 0.99),
        certain=certain,
        reasons=_reasons(seen, words, own, wider, best, usual),
    )


def ranked(seen: Observation, own: Counts, *, usual: Usual | None = None) -> tuple[Outcome, ...]:
    """Every outcome the counts know for a line, the likeliest first: what a person may choose from."""
    shares = _shares(seen, words_of(seen.description), own, (), usual)
    return tuple(Outcome.of(text) for text in sorted(shares, key=lambda outcome: (-shares[outcome], outcome)))


def _shares(
    seen: Observation, words: Sequence[str], own: Counts, wider: Sequence[Counts], usual: Usual | None
) -> dict[str, float]:
    """How likely each known outcome is, by its stored text."""
    shares: dict[str, float] = {usual.outcome.text: 0.5} if usual else {}
    for counts in (*wider, own):
        for looked_at in (seen.of_invoice, seen) if seen.of_invoice else (seen,):
            for group in _steps(looked_at, words):
                _trust(shares, [counts[feature] for feature in group if feature in counts])
    return shares


def _party(seen: Observation) -> str:
    # Who sells to us and buys from us as well has habits on each side.
    return f"s:{seen.contact_key}|{seen.tax[:1]}"


def _party_tax(seen: Observation) -> str:
    return f"st:{seen.contact_key}|{seen.tax}"


def _party_word(seen: Observation, word: str) -> str:
    return f"sw:{seen.contact_key}|{seen.tax}|{word}"


def _party_amount(seen: Observation) -> str:
    # Powers of two: a telephone bill varies by a factor below two, a telephone costs ten times as much.
    sign = "-" if seen.amount_cents < 0 else ""
    return f"sa:{seen.contact_key}|{seen.tax}|{sign}{abs(seen.amount_cents).bit_length()}"


def _word(word: str, seen: Observation) -> str:
    return f"w:{word}|{seen.tax}"


def _sold_at(seen: Observation) -> str:
    return f"t:{seen.tax}"


def _steps(seen: Observation, words: Sequence[str]) -> list[list[str]]:
    """The features from vague to exact; those of one step are weighed together."""
    return [
        [_sold_at(seen)] if seen.is_sale else [],
        [_word(word, seen) for word in words],
        [_party(seen)],
        [_party_tax(seen)],
        [_party_amount(seen)],
        [_party_word(seen, word) for word in words],
    ]


def _features(seen: Observation) -> list[str]:
    return [feature for step in _steps(seen, words_of(seen.description)) for feature in step]


def _trust(shares: dict[str, float], known: Sequence[Mapping[str, int]]) -> None:
    """Move the shares towards these counts, the further the more there are and the fewer outcomes they name.

    A word that went to many accounts says little, so its counts are divided by the number of its outcomes.
    """
    together: dict[str, float] = {}
    for of_feature in known:
        for outcome, count in of_feature.items():
            together[outcome] = together.get(outcome, 0.0) + count / len(of_feature)
    total = sum(together.values())
    if not total:
        return
    before = float(len(together))
    for outcome in shares:
        shares[outcome] *= before / (total + before)
    for outcome, weight in together.items():
        shares[outcome] = shares.get(outcome, 0.0) + weight / (total + before)


def _agrees(of_feature: Mapping[str, int], outcome: str) -> bool:
    total = sum(of_feature.values())
    return total >= CERTAIN_AFTER and of_feature.get(outcome, 0) * 100 >= total * CERTAIN_PERCENT


def _points_elsewhere(of_word: Mapping[str, int], outcome: str) -> bool:
    """Whether a word went elsewhere more than twice as often: one that goes here and there says nothing."""
    return bool(of_word) and max(of_word.values()) > 2 * of_word.get(outcome, 0)


def _contradicted(seen: Observation, words: Sequence[str], own: Counts, outcome: str) -> bool:
    """Whether a word of the line was mostly booked elsewhere: with this party, or anywhere where it is new here."""
    known = [own[feature] for word in words if (feature := _party_word(seen, word)) in own]
    new_here = [own.get(_word(word, seen), {}) for word in words if _party_word(seen, word) not in own]
    return any(_points_elsewhere(of_word, outcome) for of_word in (*known, *new_here))


def _is_certain(seen: Observation, words: Sequence[str], own: Counts, outcome: str, usual: Usual | None) -> bool:
    if _contradicted(seen, words, own, outcome):
        return False
    known = [own[feature] for word in words if (feature := _party_word(seen, word)) in own]
    of_amount = own.get(_party_amount(seen), {})
    of_party = own.get(_party_tax(seen), {})
    if _agrees(of_party, outcome) and (len(known) * 2 >= len(words) if words else _agrees(of_amount, outcome)):
        return True
    if words and len(known) == len(words) and any(_agrees(of_word, outcome) for of_word in known):
        return True
    if _is_told_by_its_words(words, known, outcome):
        return True
    if seen.is_sale and _is_sold_so(seen, words, own, outcome):
        return True
    gl_code = Outcome.of(outcome).gl_code
    if gl_code.startswith("2") or (usual is not None and usual.outcome.gl_code != gl_code):
        return False  # whether something is an investment is decided each time
    return usual is not None and _second_source(seen, own, outcome) >= _SECOND_SOURCE_AFTER


def _is_told_of_invoice(of_invoice: Observation, words: Sequence[str], own: Counts, outcome: str) -> bool:
    """Whether a credit note names what invoices of this party named; a rebate in new words is another thing."""
    known = [own[feature] for word in words if (feature := _party_word(of_invoice, word)) in own]
    if not known or _contradicted(of_invoice, words, own, outcome):
        return False
    return _is_told_by_its_words(words, known, outcome) or (
        len(known) == len(words) and any(_agrees(of_word, outcome) for of_word in known)
    )


def _is_told_by_its_words(words: Sequence[str], known: Sequence[Mapping[str, int]], outcome: str) -> bool:
    """Whether the same text went there twice and never elsewhere, or half its words did so often enough."""
    always = [of_word.get(outcome, 0) for of_word in known if len(of_word) == 1]
    if not known or len(always) < len(known):
        return False
    if len(known) == len(words):
        return min(always) >= _SECOND_SOURCE_AFTER
    return len(known) * 2 >= len(words) and min(always) >= CERTAIN_AFTER


def _is_sold_so(seen: Observation, words: Sequence[str], own: Counts, outcome: str) -> bool:
    """Whether sales of these words, or all sales at this VAT, went there, whoever bought."""
    of_words = [own[feature] for word in words if (feature := _word(word, seen)) in own]
    if words and len(of_words) == len(words) and any(_agrees(of_word, outcome) for of_word in of_words):
        return True
    at_this_vat = own.get(_sold_at(seen), {})
    return at_this_vat.get(outcome, 0) >= _ALL_SALES_AFTER and len(at_this_vat) == 1


def _second_source(seen: Observation, own: Counts, outcome: str) -> int:
    """How many documents of this party at this VAT, or sales at this VAT, went where such a line usually goes."""
    return max(
        own.get(_party_tax(seen), {}).get(outcome, 0),
        own.get(_sold_at(seen), {}).get(outcome, 0) if seen.is_sale else 0,
    )


def _reasons(
    seen: Observation,
    words: Sequence[str],
    own: Counts,
    wider: Sequence[Counts],
    outcome: str,
    usual: Usual | None,
) -> tuple[str, ...]:
    gl_code = Outcome.of(outcome).gl_code
    reasons: list[str] = []
    agree, total = _accounts(own.get(_party(seen), {}), gl_code)
    if agree:
        how_many = f"{agree} van de {total}" if agree < total else f"de {total}"
        documents = "vorige factuur" if total == 1 else "vorige facturen"
        reasons.append(f"Rekening {gl_code} zoals bij {how_many} {documents} van deze relatie.")
    ranked: Counter[str] = Counter(
        {word: _accounts(own.get(_party_word(seen, word), {}), gl_code)[0] for word in words}
    )
    word, agree = max(ranked.items(), key=lambda pair: (pair[1], pair[0]), default=("", 0))
    if agree:
        total = _accounts(own[_party_word(seen, word)], gl_code)[1]
        reasons.append(f"Met “{word}” bij deze relatie: {agree} van de {total} keer rekening {gl_code}.")
    if seen.is_sale:
        agree, total = _accounts(own.get(_sold_at(seen), {}), gl_code)
        if agree == total >= _SECOND_SOURCE_AFTER:
            reasons.append(f"Alle {total} verkopen met deze btw gingen naar rekening {gl_code}.")
    of_invoice = seen.of_invoice
    if of_invoice is not None:
        for word in words:
            agree, total = _accounts(own.get(_party_word(of_invoice, word), {}), gl_code)
            if agree:
                reasons.append(
                    f"“{word}” op facturen van deze relatie: {agree} van de {total} keer rekening {gl_code}."
                )
                break
    if not reasons:
        reasons += _reasons_from_words(seen, words, (own, *reversed(wider)), gl_code)
    if usual and usual.outcome.gl_code == gl_code:
        reasons.append(usual.reason)
    return tuple(reasons)


def _reasons_from_words(
    seen: Observation, words: Sequence[str], near_to_far: Sequence[Counts], gl_code: str
) -> list[str]:
    for counts in near_to_far:
        agree, total = _accounts(counts.get(_party(seen), {}), gl_code)
        if agree:
            return [f"Rekening {gl_code} zoals {agree} van de {total} keer voor deze relatie in andere administraties."]
        for word in words:
            agree, total = _accounts(counts.get(_word(word, seen), {}), gl_code)
            if agree:
                return [f"Lijnen met “{word}” gingen {agree} van de {total} keer naar rekening {gl_code}."]
    return []


def _accounts(of_feature: Mapping[str, int], gl_code: str) -> tuple[int, int]:
    """How many documents went to the account, and how many there were."""
    agree = sum(count for outcome, count in of_feature.items() if outcome.startswith(f"{gl_code}|"))
    return agree, sum(of_feature.values())
