"""What a server is found to do, as people see it."""

from jupyter_localai.results.servers import ServerCheck, ServerReply, Trait

CHECK = ServerCheck(
    "https://chroma.example:443",
    (Trait("exact ids", True, "All."), Trait("delete", False, "It sent\n<b>others</b>\x1b[2J.")),
)


def test_each_trait_is_a_line_and_what_fails_is_seen():
    assert str(CHECK).splitlines() == [
        "ok      exact ids  All.",
        "FAILED  delete     It sent <b>others</b>[2J.",
        "https://chroma.example:443 does not do all that shared collections rely on.",
    ]


def test_what_a_server_says_is_inert():
    html = CHECK._repr_mimebundle_()["text/html"]
    assert "<b>" not in html and "&lt;b&gt;" in html and "\x1b" not in html


def test_a_reply_is_told_with_its_time():
    assert str(ServerReply("https://chroma.example:443", 0.0123)) == "https://chroma.example:443 answers in 12 ms."
