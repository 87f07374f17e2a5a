"""What is read from real and from hostile mails."""

import base64
from email.message import EmailMessage

import pytest

from zelfboeken.inbox.reading import MAIL_LIMITS, cage
from zelfboeken.questions.readers.mail import MailNotReadable, ReadMail, read_envelope, read_mail, text_of_html
from zelfboeken.questions.readers.quoting import own_words
from zelfboeken.runtime.cage import CageFailed, Refused

HEAD = (
    b"From: An Aankoop <An@Example.test>\r\nTo: Vraag <vraag+abc@antwoord.test>\r\n"
    b"Subject: =?utf-8?q?Re=3A_factuur_caf=C3=A9?=\r\nMessage-ID: <1@test>\r\nMIME-Version: 1.0\r\n"
)


def part(kind: str, text: str, *heads: str) -> str:
    return "\r\n".join([f"Content-Type: {kind}", *heads, "", text])


def multipart(kind: str, *parts: str) -> bytes:
    body = "".join(f"--grens\r\n{one}\r\n" for one in parts)
    return HEAD + f'Content-Type: multipart/{kind}; boundary="grens"\r\n\r\n{body}--grens--\r\n'.encode()


def test_a_plain_mail_with_its_head():
    read = read_mail(HEAD + b"Content-Type: text/plain; charset=utf-8\r\n\r\nDat was een caf\xc3\xa9.\r\n")

    assert read == ReadMail(
        sender="an@example.test",
        receivers=("vraag+abc@antwoord.test",),
        subject="Re: factuur café",
        mail_id="<1@test>",
        is_automatic=False,
        words="Dat was een café.",
    )


def test_the_plain_words_are_taken_before_the_page_that_tells_the_same():
    mail = multipart("alternative", part("text/plain", "Voor de winkel."), part("text/html", "<b>Voor de winkel.</b>"))

    assert read_mail(mail).words == "Voor de winkel."


def test_a_mail_that_is_only_a_page_is_read_without_what_it_hides_or_runs():
    html = (
        "<html><head><style>p{}</style><title>x</title></head><body><p>Dat is <b>priv&eacute;</b>.</p>"
        "<script>alert(1)</script><div>Groeten<br>An</div>"
        "<div>Op 24 nov. 2026 om 10:00 schreef Els &lt;els@k.test&gt;:<blockquote>Waarvoor?</blockquote></div></body>"
    )

    read = read_mail(HEAD + b"Content-Type: text/html; charset=us-ascii\r\n\r\n" + html.encode())

    assert read.words == "Dat is privé.\n\nGroeten\nAn"
    assert "Waarvoor?" in read.quoted
    assert "alert" not in read.words + read.quoted


@pytest.mark.parametrize(
    ("charset", "content"),
    [
        ("iso-8859-1", "Betaald in caf\xe9 d'\xe9t\xe9".encode("latin-1")),
        ("windows-1252", "Betaald in café d'été".encode("cp1252")),
        ("utf-8", "Betaald in café d'été".encode()),
        ("utf-8", "Betaald in café d'été".encode("latin-1")),
        ("x-bestaat-niet", "Betaald in café d'été".encode()),
        ("hex_codec", "Betaald in café d'été".encode()),
    ],
    ids=["latin-1", "windows", "utf-8", "latin-1 that says utf-8", "unknown", "no charset at all"],
)
def test_words_in_any_charset_also_in_one_that_is_not_true(charset: str, content: bytes):
    mail = HEAD + f"Content-Type: text/plain; charset={charset}\r\nContent-Transfer-Encoding: 8bit\r\n\r\n".encode()

    assert read_mail(mail + content).words == "Betaald in café d'été"


def test_files_are_taken_and_a_logo_under_a_name_is_not():
    logo = base64.b64encode(b"\x89PNG" + b"x" * 500).decode()
    photo = base64.b64encode(b"\xff\xd8" + b"x" * 60_000).decode()
    mail = multipart(
        "mixed",
        part("text/plain", "Zie bijlage."),
        part("image/png", logo, "Content-ID: <logo>", "Content-Transfer-Encoding: base64"),
        part(
            "image/jpeg", photo, "Content-ID: <foto>", 'Content-Disposition: inline; filename="bon.jpg"',
            "Content-Transfer-Encoding: base64",
        ),
        part(
            "application/pdf", "JVBERi0xLjc=",
            "Content-Disposition: attachment; filename*=UTF-8''factuur%20caf%C3%A9.pdf",
            "Content-Transfer-Encoding: base64",
        ),
        part("text/plain", "op te bewaren", 'Content-Disposition: attachment; filename="nota.txt"'),
    )  # fmt: skip

    read = read_mail(mail)

    assert [(one.name, len(one.content)) for one in read.files] == [
        ("bon.jpg", 60_002),
        ("factuur café.pdf", 8),
        ("nota.txt", 13),
    ]
    assert read.words == "Zie bijlage."


def test_broken_base64_and_a_mail_in_a_mail_are_kept_as_they_are():
    inner = "From: x@test\r\nSubject: oud\r\n\r\nOude tekst"
    mail = multipart(
        "mixed",
        part("text/plain", "Hier."),
        part("application/pdf", "dit is geen base64 !!", "Content-Disposition: attachment; filename=a.pdf",
             "Content-Transfer-Encoding: base64"),
        part("message/rfc822", inner),
    )  # fmt: skip

    read = read_mail(mail)

    assert [one.name for one in read.files] == ["a.pdf", "mail.eml"]
    assert b"Oude tekst" in read.files[1].content
    assert read.words == "Hier."


def test_500_parts_and_parts_in_parts_without_end_are_refused_with_a_reason():
    with pytest.raises(MailNotReadable) as many:
        read_mail(multipart("mixed", *[part("text/plain", str(n)) for n in range(500)]))
    assert many.value.code == "too_many_parts"

    nested = b""
    for n in range(60):
        nested += f'Content-Type: multipart/mixed; boundary="g{n}"\r\n\r\n--g{n}\r\n'.encode()
    with pytest.raises(MailNotReadable) as deep:
        read_mail(HEAD + nested + b"Content-Type: text/plain\r\n\r\nx")
    assert deep.value.code == "too_deep"


@pytest.mark.parametrize(
    "content", [b"", b"\x00" * 1_000, b"geen mail", b"From: a@x, b@x\r\n\r\nwie?", b"\r\n\r\nzonder hoofd"]
)
def test_what_names_no_sender_or_two_is_no_answer_of_anybody(content: bytes):
    with pytest.raises(MailNotReadable) as no:
        read_mail(content)
    assert no.value.code == "no_sender"


@pytest.mark.parametrize(
    "head",
    [
        b"Auto-Submitted: auto-replied",
        b"Precedence: auto_reply",
        b"Return-Path: <>",
        b"Auto-Submitted: auto-generated; x=1",
    ],
)
def test_an_automatic_reply_is_known_by_its_head(head: bytes):
    assert read_envelope(head + b"\r\n" + HEAD + b"\r\nAfwezig").is_automatic
    assert not read_envelope(b"Auto-Submitted: no\r\n" + HEAD + b"\r\nAanwezig").is_automatic


def test_inv28_a_mail_is_read_in_the_cage_and_a_hostile_one_breaks_nothing():
    for charset in ("utf-8", "iso-8859-1", "windows-1252"):
        mail = HEAD + f"Content-Type: text/plain; charset={charset}\r\n\r\n".encode() + "café".encode(charset)
        read = cage().run("mail", mail, limits=MAIL_LIMITS)
        assert isinstance(read, ReadMail)
        assert read.words == "café"
    inner = cage().run("mail", multipart("mixed", part("message/rfc822", "Subject: x\r\n\r\nOud")), limits=MAIL_LIMITS)
    assert inner.files[0].content.endswith(b"Oud")

    with pytest.raises(Refused) as no:
        cage().run("mail", multipart("mixed", *["\r\nx"] * 500), limits=MAIL_LIMITS)
    assert no.value.code == "too_many_parts"
    hostile = [
        HEAD + b"X: " + b"a" * 5_000_000 + b"\r\n\r\nx",
        HEAD + b'Content-Type: multipart/mixed; boundary=""\r\n\r\n--\r\n--\r\n',
        HEAD + b"Content-Type: text/html\r\n\r\n" + b"<div>" * 200_000,
        HEAD + b"Content-Type: text/plain\r\n\r\n" + b"> " * 2_000_000,
        b"From: =?utf-8?b?////?= <a@x>\r\nSubject: =?x?q?=?=\r\nContent-Type: ;;;\r\n\r\nx",
    ]
    for content in hostile:
        try:
            assert isinstance(cage().run("mail", content, limits=MAIL_LIMITS), ReadMail)
        except (Refused, CageFailed) as no:
            assert no.code in {"no_sender", "TIME", "MEMORY"}
    assert cage().run("mail", HEAD + b"\r\nDag", limits=MAIL_LIMITS).words == "Dag"


QUOTED = {
    "our mark": "Voor de winkel.\n\n##- Schrijf je antwoord boven deze lijn -##\n\nEls vraagt:",
    "our mark, quoted": "Voor de winkel.\n\n> ##- Écrivez votre réponse -##\n> Els",
    "Dutch, one line": "Voor de winkel.\n\nOp di 24 nov. 2026 om 10:00 schreef Els <els@k.test>:\n> Waarvoor?",
    "Dutch, broken": "Voor de winkel.\n\nOp 24 november 2026 om 10:00 schreef Els, kantoor\n<els@k.test>:\n> Ja?",
    "French": "Voor de winkel.\n\nLe mar. 24 nov. 2026 à 10:00, Els <els@k.test> a écrit :\n> Pourquoi ?",
    "English": "Voor de winkel.\n\nOn Tue, 24 Nov 2026 at 10:00, Els <els@k.test> wrote:\n\n> Why?",
    "original message": "Voor de winkel.\n\n-----Oorspronkelijk bericht-----\nVan: Els\nVerzonden: dinsdag",
    "head of a forwarded mail": "Voor de winkel.\n\nVan: Els <els@k.test>\nVerzonden: dinsdag 24 november\nAan: An",
    "rule above it": "Voor de winkel.\n\n________________________________\nVan: Els\nAan: An",
    "signature": "Voor de winkel.\n-- \nAn Aankoop\nBakkerij",
    "quoted lines at the end": "Voor de winkel.\n\n> Waarvoor?\n> Groeten",
}


@pytest.mark.parametrize("text", QUOTED.values(), ids=QUOTED)
def test_what_is_quoted_is_cut_and_kept_apart(text: str):
    words, quoted = own_words(text)

    assert words == "Voor de winkel."
    assert quoted
    assert words + quoted.replace("\n", "") != ""


@pytest.mark.parametrize(
    "text",
    [
        "Van: mij.\nHet was voor de winkel.",
        "Hij schreef me gisteren dit:\nde levering komt later.",
        "> ja, deze\nEn dit hoort erbij.",
        "Op 24 november betaalde ik:\n- brood\n- boter",
        "- - -\nmijn lijst",
    ],
)
def test_own_words_that_only_look_quoted_stay_whole(text: str):
    assert own_words(text) == (text, "")


def test_answers_between_quoted_lines_stay_with_them():
    text = "> Waarvoor?\nVoor de winkel.\n> En wanneer?\nGisteren."

    assert own_words(text) == (text, "")


def test_a_page_without_an_end_still_has_words():
    assert text_of_html("<p>Dag <b>allen<p>tot") == "Dag allen\ntot"
    assert text_of_html("<script>x") == ""


@pytest.mark.parametrize("text", ["Op " * 100_000, "> " * 100_000 + "schreef", "a@1 " * 100_000 + ":", "Van: x\n" * 9])
def test_a_long_line_of_anything_loses_nothing(text: str):
    words, quoted = own_words(text)

    assert (words + quoted).replace(" ", "").replace("\n", "") == text.replace(" ", "").replace("\n", "")


def test_a_mail_of_the_python_library_reads_back():
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "An <an@x.test>", "vraag+x@y.test", "Café"
    made.set_content("Één antwoord.")
    made.add_alternative("<p>Één antwoord.</p>", subtype="html")
    made.add_attachment(b"<Invoice/>", maintype="text", subtype="xml", filename="factuur.xml")

    read = read_mail(made.as_bytes())

    assert (read.words, [one.name for one in read.files], read.subject) == ("Één antwoord.", ["factuur.xml"], "Café")
