"""The pages of the Backoffice monitor."""

from __future__ import annotations

import pytest

from tests.portal.offices import new_office

pytestmark = pytest.mark.django_db


def test_smoke():
    office = new_office()
    page = office.browser().get("/kantoor/monitor/")
    assert page.status_code == 200
    page = office.browser().get("/kantoor/monitor/?bij=1")
    assert page.status_code == 200
    assert office.browser().get("/kantoor/monitor/?werk=zelfboekers").status_code == 200
    assert office.browser().get("/kantoor/monitor/kalender/").status_code == 200
