"""A thousand requests that no client of ours would send: a result or a named error each, and the engine goes on."""

import collections
import os

import pytest
from hypothesis import HealthCheck, given, settings

from jupyter_localai.config import Config
from jupyter_localai.service.client.sync_client import Client
from jupyter_localai.service.protocol.wire import Address
from tests.support import hostile_requests as hostile

pytestmark = pytest.mark.skipif(os.name == "nt", reason="there are no Unix sockets")


@pytest.fixture(scope="module")
def engine(tmp_path_factory, tiny, ollama, own_environment):
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "documents").mkdir()
    (folder / "documents" / "gauge.txt").write_text("The Gull Rock gauge was offline in March because of lightning.")
    ai = Client(Config(folder / "store", embedder=str(tiny), precision="float32", ollama_host=ollama.address))
    ai.index(folder / "documents")
    return ai, Address.read(folder / "store")


def test_a_thousand_hostile_requests(engine):
    ai, address = engine
    ends = collections.Counter()

    @settings(max_examples=1000, database=None, suppress_health_check=list(HealthCheck))
    @given(hostile.requests(embedder=ai.config.embedder, precision="float32"))
    def one(request):
        end, wrong = hostile.judged(hostile.send(address, request))
        ends[end] += 1
        assert wrong == ""

    one()
    assert ends.total() >= 1000
    assert {"bad_request", "unknown_operation", "wrong_argument", "config", "engine_version"} < set(ends)
    assert ai.search("lightning", 1)[0].document == "gauge.txt"
    assert ai.status().engine["pid"] == address.pid
