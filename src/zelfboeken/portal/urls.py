"""The addresses of the portal (ux, chapter 1): wiring only."""

from django.urls import path

from zelfboeken.portal.views.bank import bank, bank_accept_all, bank_line
from zelfboeken.portal.views.books import entry, journal, ledger_account, trial_balance
from zelfboeken.portal.views.contacts import contact, contacts
from zelfboeken.portal.views.documents import (
    attachment,
    book_ready,
    document,
    documents,
    original,
    page_picture,
    upload,
)
from zelfboeken.portal.views.home import home
from zelfboeken.portal.views.language import language
from zelfboeken.portal.views.search import search
from zelfboeken.portal.views.start import start
from zelfboeken.portal.views.undo import undo
from zelfboeken.portal.views.vat import vat, vat_period

urlpatterns = [
    path("", home, name="home"),
    path("taal/", language, name="language"),
    path("d/<slug:domain>/", start, name="start"),
    path("d/<slug:domain>/zoek/", search, name="search"),
    path("d/<slug:domain>/maak-ongedaan/", undo, name="undo"),
    path("d/<slug:domain>/documenten/", documents, name="documents"),
    path("d/<slug:domain>/documenten/boek-klare/", book_ready, name="book_ready"),
    path("d/<slug:domain>/documenten/aanleveren/", upload, name="upload"),
    path("d/<slug:domain>/documenten/<uuid:document_id>/", document, name="document"),
    path("d/<slug:domain>/documenten/<uuid:document_id>/origineel/", original, name="original"),
    path("d/<slug:domain>/documenten/<uuid:document_id>/bijlage/<int:number>/", attachment, name="attachment"),
    path(
        "d/<slug:domain>/documenten/<uuid:document_id>/bijlage/<int:number>/blad/<int:page>/",
        page_picture,
        name="page_picture",
    ),
    path("d/<slug:domain>/bank/", bank, name="bank"),
    path("d/<slug:domain>/bank/aanvaard-alle/", bank_accept_all, name="bank_accept_all"),
    path("d/<slug:domain>/bank/<uuid:line_id>/", bank_line, name="bank_line"),
    path("d/<slug:domain>/btw/", vat, name="vat"),
    path("d/<slug:domain>/btw/<str:period>/", vat_period, name="vat_period"),
    path("d/<slug:domain>/relaties/", contacts, name="contacts"),
    path("d/<slug:domain>/relaties/<uuid:contact_id>/", contact, name="contact"),
    path("d/<slug:domain>/dagboeken/", journal, name="journal"),
    path("d/<slug:domain>/dagboeken/<int:entry_id>/", entry, name="entry"),
    path("d/<slug:domain>/rapporten/proefbalans/", trial_balance, name="trial_balance"),
    path("d/<slug:domain>/rapporten/rekening/<str:gl_code>/", ledger_account, name="ledger_account"),
]
