import pytest


@pytest.fixture(scope="session")
def django_db_setup():
    pass
