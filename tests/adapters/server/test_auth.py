"""Nobody gets in without being known and allowed, by any verb of any route."""

import http.cookies
import re

import pytest
from jupyter_server.auth import Authorizer
from tornado.httputil import HTTPHeaders

from jupyter_localai.adapters.server.handlers import ROUTES

VERBS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
EVERYTHING = [(verb, re.sub(r"\(.*?\)", "1", route)) for route, _ in ROUTES for verb in VERBS]


class Nobody(Authorizer):
    def is_authorized(self, handler, user, action, resource):
        return resource != "jupyter-localai"


@pytest.fixture
def store(tmp_path):
    """None that exists: who is refused starts no engine."""
    return tmp_path / "store"


@pytest.fixture(params=[True, False], ids=["Jupyter lets strangers in", "Jupyter lets nobody in"])
def strangers(request, jp_server_config):
    jp_server_config["ServerApp"]["allow_unauthenticated_access"] = request.param


async def test_without_a_token_nothing_is_answered(strangers, server, store):
    for verb, route in EVERYTHING:
        body = "{}" if verb in ("POST", "PUT", "PATCH") else None
        status, told = await server.call(
            verb, route, body, headers={"Authorization": "token wrong"}, follow_redirects=False
        )
        assert status in (401, 403), (verb, route)
        assert verb == "HEAD" or set(told) >= {"message"}
        assert verb == "HEAD" or "<" not in told["message"]
    assert not store.exists()


@pytest.fixture
def nobody(jp_server_config):
    jp_server_config["ServerApp"]["authorizer_class"] = Nobody


async def test_who_is_not_allowed_to_is_told_so(nobody, server, store):
    refused = set()
    for verb, route in EVERYTHING:
        status, told = await server.call(verb, route, "{}" if verb == "POST" else None)
        assert status in (403, 405) or verb == "OPTIONS", (verb, route, status)
        if status == 403:
            assert told["code"] == "http_403" and "not authorized" in told["message"] and told["remedy"]
            refused.add((verb, route))
    own = [
        (verb, re.sub(r"\(.*?\)", "1", route)) for route, kind in ROUTES for verb in VERBS if verb.lower() in vars(kind)
    ]
    assert refused == set(own)
    assert not store.exists()


class Reader(Authorizer):
    def is_authorized(self, handler, user, action, resource):
        return resource != "jupyter-localai" or action == "read"


@pytest.fixture
def reader(jp_server_config):
    jp_server_config["ServerApp"]["authorizer_class"] = Reader


async def test_who_may_only_read_may_search_and_change_nothing(reader, server):
    status, _ = await server.call("POST", "search", {"query": "boats", "collection": "nowhere"})
    assert status == 404
    for verb, route in (
        ("POST", "ask"),
        ("POST", "summarize"),
        ("POST", "jobs"),
        ("DELETE", "jobs/1"),
        ("POST", "forget"),
        ("POST", "watch"),
    ):
        status, told = await server.call(verb, route, {} if verb == "POST" else None)
        assert status == 403 and "not authorized" in told["message"], route
    status, told = await server.call("POST", "models/pull", {"name": "x"})
    assert status == 403 and "to execute" in told["message"]


async def test_a_cookie_alone_changes_nothing(server, jp_serverapp, http_server_client, jp_base_url, store):
    """Another site can have a browser send its cookies, and not the token that stands in one of them."""
    token = jp_serverapp.identity_provider.token
    jar = http.cookies.SimpleCookie()
    for page in ("login", f"api/contents?token={token}"):
        reply = await http_server_client.fetch(f"{jp_base_url}{page}", headers={"Cookie": _cookies(jar)})
        for line in reply.headers.get_list("Set-Cookie"):
            jar.load(line)
    assert "_xsrf" in jar
    headers = {"Cookie": _cookies(jar)}

    async def post(more):
        url = f"{jp_base_url}jupyter-localai/jobs"
        given = HTTPHeaders({**headers, **more})
        return await http_server_client.fetch(url, method="POST", body="{}", headers=given, raise_error=False)

    refused = await post({})
    assert refused.code == 403 and b"_xsrf" in refused.body
    assert (await post({"X-XSRFToken": jar["_xsrf"].value})).code == 400  # that far it was let in: the request is empty
    assert not store.exists()


def _cookies(jar):
    return "; ".join(f"{name}={morsel.value}" for name, morsel in jar.items())


async def test_other_sites_are_refused(server):
    status, _ = await server.call(
        "GET", "version", headers={"Authorization": "token wrong", "Origin": "http://evil.example"}
    )
    assert status in (403, 404)
