"""Whoever has JupyterLab but not the panel hears of it once."""

import pytest

from jupyter_localai.doctor import missing_panel


@pytest.fixture
def share(tmp_path, monkeypatch):
    """The only folder where JupyterLab looks for extensions."""
    monkeypatch.setattr(missing_panel, "USUAL_FOLDER", tmp_path / "nowhere")
    monkeypatch.setattr("jupyter_core.paths.jupyter_path", lambda *_: [str(tmp_path)])
    return tmp_path


def test_it_is_said_once_with_the_remedy(share):
    said = missing_panel.note()
    assert "panel is not installed" in said and "from a wheel" in said
    assert missing_panel.note() == ""


def test_it_is_said_again_after_it_was_there(share):
    missing_panel.note()
    (share / "jupyter-localai").mkdir()
    assert missing_panel.note() == ""
    (share / "jupyter-localai").rmdir()
    assert missing_panel.note()


def test_without_jupyterlab_it_is_not_missed(share, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert missing_panel.note() == ""


def test_the_extension_of_ipython_says_it(share, capsys):
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell()
    try:
        shell.run_line_magic("load_ext", "jupyter_localai")
        shell.run_line_magic("reload_ext", "jupyter_localai")
    finally:
        shell.run_line_magic("unload_ext", "jupyter_localai")
    assert capsys.readouterr().out.count("panel is not installed") == 1
