"""What only a client in an event loop has to care for; the rest it shares with `Client`, in `test_contract`."""

import asyncio
import ssl

from jupyter_localai.config import Config
from jupyter_localai.service.client import launch
from jupyter_localai.service.client.async_client import AsyncClient


def test_calls_that_come_together_start_one_engine(tmp_path, tiny, monkeypatch):
    started, connect = [], launch.connect
    monkeypatch.setattr(launch, "connect", lambda *given: started.append(1) or connect(*given))
    client = AsyncClient(Config(tmp_path / "store", embedder=str(tiny)))

    async def together():
        return await asyncio.gather(*(client.status() for _ in range(4)))

    told = asyncio.run(together())
    assert len({status.engine["pid"] for status in told}) == 1
    assert len(started) == 1


def test_no_certificates_are_loaded_for_a_call(tmp_path, tiny, monkeypatch):
    """They take a multiple of the call's own time, and the event loop would wait for them."""
    client, loaded = AsyncClient(Config(tmp_path / "store", embedder=str(tiny))), []
    monkeypatch.setattr(ssl.SSLContext, "load_verify_locations", lambda *_, **__: loaded.append(1))
    assert asyncio.run(client.status()).documents == 0
    assert loaded == []
