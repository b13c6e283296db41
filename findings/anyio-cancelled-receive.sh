#!/usr/bin/env bash
# A wait for data on anyio's Unix sockets that is cancelled as data arrive makes asyncio log an error.
#
# UNIXSocketStream.receive has the loop set a future's result when the socket can be read, and takes that back in a
# callback of the future. A cancellation that the loop runs in the same round as the reader ends the future first, and
# the reader then sets the result of a future that has ended. httpx, over a Unix socket, does so whenever an answer is
# left while it comes.
#
# Expected: the task is cancelled, and nothing is logged. Seen with anyio 4.16.0 on Python 3.11: "Exception in callback
# Future.set_result(None)", InvalidStateError.
#
# Installs the library into a folder that is thrown away. Exits with 0 while it does so, with 1 when it does not any more.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m pip install --quiet --disable-pip-version-check --target "$folder/libraries" anyio==4.16.0
PYTHONPATH="$folder/libraries" python3 - "$folder/socket" <<'PYTHON'
import asyncio
import socket
import sys

import anyio


async def main(path):
    told = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: told.append(type(context["exception"]).__name__))
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen()
        stream = await anyio.connect_unix(path)
        peer, _ = listener.accept()
        task = asyncio.ensure_future(stream.receive())
        await asyncio.sleep(0.1)  # it waits
        peer.sendall(b"data")
        loop.call_soon(task.cancel)
        await asyncio.wait([task])
        await stream.aclose()
        peer.close()
    return told


told = asyncio.run(main(sys.argv[1]))
print("expected: nothing is told to the loop's handler of errors")
print("seen:    ", ", ".join(told) or "nothing")
sys.exit(0 if told == ["InvalidStateError"] else 1)
PYTHON
