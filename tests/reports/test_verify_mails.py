"""`verify` looks at the mails that were kept as it looks at documents."""

from pathlib import Path

import pytest
from django.conf import settings

from tests.everything import new_everything
from zelfboeken.questions.models import IncomingMail
from zelfboeken.reports.verify import Difference, verify_domain
from zelfboeken.tenancy.scope import domain_scope

pytestmark = pytest.mark.django_db


def test_inv15_a_mail_that_was_kept_and_is_gone_is_named():
    domain_id = new_everything().books.domain.id
    with domain_scope(domain_id):
        before = verify_domain(domain_id=domain_id).differences
        sha256 = IncomingMail.objects.get(domain_id=domain_id).sha256
        (Path(settings.FILES) / str(domain_id) / sha256[:2] / sha256).unlink()
        after = verify_domain(domain_id=domain_id).differences

    assert Difference("files", sha256, "the file is gone") not in before
    assert set(after) - set(before) == {Difference("files", sha256, "the file is gone")}
