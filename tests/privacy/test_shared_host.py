"""Which addresses a shared server may have."""

import pytest

from jupyter_localai.errors import PrivacyError
from jupyter_localai.privacy.shared_host import address


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("https://chroma.example", "https://chroma.example:443"),
        ("https://Chroma.example:8443/", "https://chroma.example:8443"),
        ("https://192.0.2.1:8443", "https://192.0.2.1:8443"),
        ("https://[2001:db8::1]:8443", "https://[2001:db8::1]:8443"),
        ("https://localhost:8443", "https://localhost:8443"),
        ("http://localhost:8000", "http://127.0.0.1:8000"),
        ("http://127.0.0.1", "http://127.0.0.1:80"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_an_address_has_one_form(given, meant):
    assert address(given) == meant == address(meant)


@pytest.mark.parametrize(
    "given",
    [
        "chroma.example",
        "chroma.example:8443",
        "https://",
        "https://chroma.example:99999",
        "https://chroma.example/path",
        "https://chroma.example?x=1",
        "https://chroma.example#x",
        "https://chro ma.example",
        "ftp://chroma.example",
        "file:///etc/passwd",
        "unix:///run/docker.sock",
        "http://chroma.example:8000",
        "http://192.0.2.1:8000",
        "http://0.0.0.0:8000",
        "http://127.1:8000",
        "http://localhost.example:8000",
    ],
)
def test_what_is_no_address_or_is_not_encrypted_is_refused(given):
    with pytest.raises(PrivacyError) as caught:
        address(given)
    assert caught.value.code == "shared_host_refused" and caught.value.remedy


def test_a_password_in_an_address_is_refused_and_not_repeated():
    with pytest.raises(PrivacyError) as caught:
        address("https://user:secret@chroma.example")
    assert "secret" not in str(caught.value)
