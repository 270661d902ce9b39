import pytest

from tests.openlibrary import open_library


@pytest.fixture
def library(settings):
    """A server of our own, in the place of Open Library."""
    with open_library() as server:
        settings.OPEN_LIBRARY_URL = settings.OPEN_LIBRARY_COVERS_URL = server.address
        settings.OPEN_LIBRARY_REDIRECT_HOSTS = [".archive.org"]
        yield server
