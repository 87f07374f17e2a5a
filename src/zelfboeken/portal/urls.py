"""The addresses of the portal (ux, chapter 1): wiring only."""

from django.urls import path

from zelfboeken.portal.views.bank import bank, bank_accept_all, bank_line
from zelfboeken.portal.views.bank_accounts import bank_accounts
from zelfboeken.portal.views.books import entry, journal, ledger_account, trial_balance
from zelfboeken.portal.views.bundle import bundle, debtor, statement, statement_pdf, statement_ubl_file
from zelfboeken.portal.views.calendar import office_calendar
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
from zelfboeken.portal.views.export import domain_export, domain_export_zip, office_domain_export
from zelfboeken.portal.views.home import home
from zelfboeken.portal.views.invitation import invitation
from zelfboeken.portal.views.language import language
from zelfboeken.portal.views.legacy import office_legacy
from zelfboeken.portal.views.missing import missing, missing_item
from zelfboeken.portal.views.monitor import office_monitor, office_views
from zelfboeken.portal.views.months import months
from zelfboeken.portal.views.office import office, office_domains, office_new_domain
from zelfboeken.portal.views.office_questions import office_questions
from zelfboeken.portal.views.owner import office_domain_owner, owner
from zelfboeken.portal.views.payments import payment_file, payment_file_xml, payments
from zelfboeken.portal.views.prices import office_price, office_prices
from zelfboeken.portal.views.questions import ask, question, question_file, questions, refused_mail
from zelfboeken.portal.views.reach import member_reach
from zelfboeken.portal.views.roles import (
    office_domain_rights,
    office_domain_role_log,
    office_domain_role_log_csv,
    office_rights,
    office_role_log,
    office_role_log_csv,
    rights,
    role_log,
    role_log_csv,
)
from zelfboeken.portal.views.search import search
from zelfboeken.portal.views.sheet import (
    office_administration,
    office_domain,
    office_domain_books,
    office_domain_history,
    office_domain_users,
    office_new_administration,
)
from zelfboeken.portal.views.sheet_billing import (
    office_domain_billing,
    office_domain_debtor,
    office_statement,
    office_statement_pdf,
    office_statement_ubl,
)
from zelfboeken.portal.views.sheet_edit import office_domain_edit
from zelfboeken.portal.views.staff import office_staff
from zelfboeken.portal.views.start import start
from zelfboeken.portal.views.statements import (
    operator_statement,
    operator_statement_pdf,
    operator_statement_ubl,
    operator_statements,
)
from zelfboeken.portal.views.undo import undo
from zelfboeken.portal.views.users import backoffice, backoffice_later, users
from zelfboeken.portal.views.vat import vat, vat_period

urlpatterns = [
    path("", home, name="home"),
    path("taal/", language, name="language"),
    path("uitnodiging/<str:token>/", invitation, name="invitation"),
    path("kantoor/", office, name="office"),
    path("kantoor/monitor/", office_monitor, name="office_monitor"),
    path("kantoor/monitor/weergaven/", office_views, name="office_views"),
    path("kantoor/monitor/kalender/", office_calendar, name="office_calendar"),
    path("kantoor/domeinen/", office_domains, name="office_domains"),
    path("kantoor/nieuw-domein/", office_new_domain, name="office_new_domain"),
    path("kantoor/domeinen/<slug:domain>/", office_domain, name="office_domain"),
    path("kantoor/domeinen/<slug:domain>/bewerken/", office_domain_edit, name="office_domain_edit"),
    path("kantoor/domeinen/<slug:domain>/gebruikers/", office_domain_users, name="office_domain_users"),
    path("kantoor/domeinen/<slug:domain>/boekjaren/", office_domain_books, name="office_domain_books"),
    path("kantoor/domeinen/<slug:domain>/administratie/", office_new_administration, name="office_new_administration"),
    path(
        "kantoor/domeinen/<slug:domain>/administratie/<uuid:administration>/",
        office_administration,
        name="office_administration",
    ),
    path("kantoor/domeinen/<slug:domain>/historiek/", office_domain_history, name="office_domain_history"),
    path("kantoor/domeinen/<slug:domain>/facturatie/", office_domain_billing, name="office_domain_billing"),
    path("kantoor/domeinen/<slug:domain>/facturatie/betaler/", office_domain_debtor, name="office_domain_debtor"),
    path("kantoor/domeinen/<slug:domain>/facturatie/<str:month>/", office_statement, name="office_statement"),
    path(
        "kantoor/domeinen/<slug:domain>/facturatie/<str:month>/pdf/", office_statement_pdf, name="office_statement_pdf"
    ),
    path(
        "kantoor/domeinen/<slug:domain>/facturatie/<str:month>/e-factuur/",
        office_statement_ubl,
        name="office_statement_ubl",
    ),
    path("kantoor/domeinen/<slug:domain>/export/", office_domain_export, name="office_domain_export"),
    path("kantoor/bundels/", office_prices, name="office_prices"),
    path("kantoor/bundels/<slug:item>/", office_price, name="office_price"),
    path("kantoor/afrekeningen/", operator_statements, name="operator_statements"),
    path("kantoor/afrekeningen/<str:number>/", operator_statement, name="operator_statement"),
    path("kantoor/afrekeningen/<str:number>/pdf/", operator_statement_pdf, name="operator_statement_pdf"),
    path("kantoor/afrekeningen/<str:number>/e-factuur/", operator_statement_ubl, name="operator_statement_ubl"),
    path("kantoor/gebruikers/", office_staff, name="office_staff"),
    path("kantoor/vragen/", office_questions, name="office_questions"),
    path("kantoor/gebruikers/rechten/", office_rights, name="office_rights"),
    path("kantoor/gebruikers/logboek/", office_role_log, name="office_role_log"),
    path("kantoor/gebruikers/logboek/csv/", office_role_log_csv, name="office_role_log_csv"),
    path("kantoor/backoffice-toegang/", office_legacy, name="office_legacy"),
    path("kantoor/domeinen/<slug:domain>/rechten/", office_domain_rights, name="office_domain_rights"),
    path("kantoor/domeinen/<slug:domain>/eigenaar/", office_domain_owner, name="office_domain_owner"),
    path("kantoor/domeinen/<slug:domain>/logboek/", office_domain_role_log, name="office_domain_role_log"),
    path("kantoor/domeinen/<slug:domain>/logboek/csv/", office_domain_role_log_csv, name="office_domain_role_log_csv"),
    path("d/<slug:domain>/", start, name="start"),
    path("d/<slug:domain>/export/", domain_export, name="domain_export"),
    path("d/<slug:domain>/export/zip/", domain_export_zip, name="domain_export_zip"),
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
    path("d/<slug:domain>/bank/rekeningen/", bank_accounts, name="bank_accounts"),
    path("d/<slug:domain>/bank/aanvaard-alle/", bank_accept_all, name="bank_accept_all"),
    path("d/<slug:domain>/bank/<uuid:line_id>/", bank_line, name="bank_line"),
    path("d/<slug:domain>/betalingen/", payments, name="payments"),
    path("d/<slug:domain>/betalingen/<uuid:file_id>/", payment_file, name="payment_file"),
    path("d/<slug:domain>/betalingen/<uuid:file_id>/bestand/", payment_file_xml, name="payment_file_xml"),
    path("d/<slug:domain>/vragen/", questions, name="questions"),
    path("d/<slug:domain>/vragen/stel/", ask, name="ask"),
    path("d/<slug:domain>/vragen/mail/<uuid:mail_id>/", refused_mail, name="refused_mail"),
    path("d/<slug:domain>/vragen/<uuid:question_id>/", question, name="question"),
    path("d/<slug:domain>/vragen/<uuid:question_id>/bijlage/<int:number>/", question_file, name="question_file"),
    path("d/<slug:domain>/ontbrekend/", missing, name="missing"),
    path("d/<slug:domain>/ontbrekend/<uuid:item_id>/", missing_item, name="missing_item"),
    path("d/<slug:domain>/btw/", vat, name="vat"),
    path("d/<slug:domain>/btw/<str:period>/", vat_period, name="vat_period"),
    path("d/<slug:domain>/relaties/", contacts, name="contacts"),
    path("d/<slug:domain>/relaties/<uuid:contact_id>/", contact, name="contact"),
    path("d/<slug:domain>/dagboeken/", journal, name="journal"),
    path("d/<slug:domain>/dagboeken/<int:entry_id>/", entry, name="entry"),
    path("d/<slug:domain>/periodes/", months, name="months"),
    path("d/<slug:domain>/rapporten/proefbalans/", trial_balance, name="trial_balance"),
    path("d/<slug:domain>/rapporten/rekening/<str:gl_code>/", ledger_account, name="ledger_account"),
    path("d/<slug:domain>/gebruikers/", users, name="users"),
    path("d/<slug:domain>/gebruikers/backoffice/", backoffice, name="backoffice"),
    path("d/<slug:domain>/gebruikers/later/", backoffice_later, name="backoffice_later"),
    path("d/<slug:domain>/gebruikers/rechten/", rights, name="rights"),
    path("d/<slug:domain>/gebruikers/eigenaar/", owner, name="owner"),
    path("d/<slug:domain>/gebruikers/logboek/", role_log, name="role_log"),
    path("d/<slug:domain>/gebruikers/logboek/csv/", role_log_csv, name="role_log_csv"),
    path("d/<slug:domain>/gebruikers/<int:member>/", member_reach, name="member_reach"),
    path("d/<slug:domain>/bundel/", bundle, name="bundle"),
    path("d/<slug:domain>/bundel/betaler/", debtor, name="debtor"),
    path("d/<slug:domain>/bundel/afrekening/<str:month>/", statement, name="statement"),
    path("d/<slug:domain>/bundel/afrekening/<str:month>/pdf/", statement_pdf, name="statement_pdf"),
    path("d/<slug:domain>/bundel/afrekening/<str:month>/e-factuur/", statement_ubl_file, name="statement_ubl"),
]
# Addresses are tried in turn: those of a domain, which are asked for all day, come first.
urlpatterns.sort(key=lambda one: not str(one.pattern).startswith("d/"))
