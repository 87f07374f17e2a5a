"""One generated year for all tests of the demo."""

import pytest

from zelfboeken.demo.truth import Year
from zelfboeken.demo.year import generate


@pytest.fixture(scope="session")
def year() -> Year:
    return generate()
