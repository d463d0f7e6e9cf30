"""How the person is asked: the words shown, the terminal, the command."""

import json
import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import softhsm
from pa_firma_agente import PORT, __version__, cli, consent, libraries
from pa_firma_agente.pairing import Pairings
from pa_firma_agente.problems import PROBLEMS, Problem
from pa_firma_agente.window_text import lines
from pa_firma_agente.words import WORDS

FOLDER = Path(__file__).resolve().parents[1]
SIGN = {
    "ask": "sign",
    "origin": "https://atti.comune.example",
    "documents": [
        {"name": "Determina 1", "document_sha256": "ab" * 32, "checked": True},
        {"name": "Determina 2", "document_sha256": "cd" * 32, "checked": False},
    ],
    "holder": "Ada Neri",
    "issuer": "CA di prova",
    "until": "31/12/2027",
    "pinpad": False,
    "tries": "last",
    "wrong": True,
}


@pytest.mark.parametrize("language", ["it", "en"])
def test_all_that_matters_is_shown(language):
    shown = "\n".join(lines({**SIGN, "language": language}))
    for fact in (
        "Determina 1",
        "ab" * 32,
        "Determina 2",
        "cd" * 32,
        "Ada Neri",
        "https://atti.comune.example",
    ):
        assert fact in shown
    worth = {
        name: WORDS[name][language == "en"] for name in ("checked", "declared", "wrong", "last")
    }
    assert all(sentence in shown for sentence in worth.values())
    assert shown.index(worth["checked"]) < shown.index("cd" * 32) > shown.index(worth["declared"])
    pair = {"ask": "pair", "origin": "https://a.example", "code": "482913", "language": language}
    assert "https://a.example" in "\n".join(lines(pair)) and "482913" in "\n".join(lines(pair))


def test_every_sentence_has_both_languages():
    for italian, english in [*WORDS.values(), *(texts[1:] for texts in PROBLEMS.values())]:
        assert italian and english and italian != english


def _at_terminal(code, typed, seconds=30):
    """What a program started at a terminal prints, when somebody types `typed` once it asks."""
    pid, master = pty.fork()
    if pid == 0:
        os.chdir(FOLDER)
        os.execv(sys.executable, [sys.executable, "-c", code])
    out = b""
    until = time.monotonic() + seconds
    try:
        while time.monotonic() < until:
            try:
                piece = os.read(master, 65536)
            except OSError:
                break
            if not piece:
                break
            out += piece
            if typed and out.rstrip().endswith(b":"):
                time.sleep(0.3)  # getpass throws away what was typed before it asked
                os.write(master, typed)
                typed = None
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(master)
    return out.decode()


def test_terminal_asks_the_pin_without_showing_it():
    code = (
        "from pa_firma_agente.consent import ProcessConsent;"
        f"yes, pin = ProcessConsent('terminal').sign({SIGN!r}); print('SAID', yes, pin == '13579')"
    )
    out = _at_terminal(code, b"13579\n")
    assert "SAID True True" in out and "13579" not in out and "ab" * 32 in out
    assert "SAID False" in _at_terminal(code, b"\n")


@pytest.mark.parametrize(
    ("typed", "said"), [(b"si\n", "True"), (b"no\n", "False"), (b"\n", "False")]
)
def test_terminal_pairs(typed, said):
    code = "from pa_firma_agente.consent import ProcessConsent; print('SAID', ProcessConsent('terminal').pair('https://a.example', '482913'))"
    out = _at_terminal(code, typed)
    assert f"SAID {said}" in out and "482913" in out


def test_nobody_answers_at_the_terminal():
    code = (
        "from pa_firma_agente.consent import ProcessConsent\n"
        "from pa_firma_agente.problems import Problem\n"
        "try: ProcessConsent('terminal', 'it', 1).pair('https://a.example', '482913')\n"
        "except Problem as problem: print('SAID', problem.code)"
    )
    assert "SAID timeout" in _at_terminal(code, None)


def test_a_window_that_cannot_open_is_no_consent(monkeypatch):
    monkeypatch.setenv("DISPLAY", ":97")
    with pytest.raises(Problem, match="internal"):
        consent.ProcessConsent("window").pair("https://a.example", "482913")


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setattr(cli, "default_folder", lambda: tmp_path)
    monkeypatch.setattr(cli, "libraries", libraries)
    return tmp_path


def test_sites_by_hand(home, capsys):
    assert cli.main(["--list", "--language", "it"]) == 0
    assert cli.main(["--pair", "https://Atti.comune.example/", "--language", "it"]) == 0
    assert list(Pairings(home).origins()) == ["https://atti.comune.example"]
    assert cli.main(["--pair", "http://atti.comune.example", "--language", "it"]) == 1
    assert cli.main(["--pair", "*", "--language", "en"]) == 1
    assert cli.main(["--list"]) == 0
    assert cli.main(["--forget", "https://atti.comune.example"]) == 0
    assert cli.main(["--forget", "https://atti.comune.example"]) == 1
    said = "".join(capsys.readouterr())
    assert "Nessun sito abbinato" in said and "è abbinato" in said and "is not the address" in said
    assert Pairings(home).origins() == {}


def test_what_is_missing_is_said(home, capsys, monkeypatch):
    monkeypatch.setattr(libraries, "known", lambda: [])
    assert cli.main(["--language", "it"]) == 1
    assert cli.main(["--module", "/nowhere.so", "--language", "it"]) == 1
    monkeypatch.setattr(consent, "screen_available", lambda: False)
    monkeypatch.setattr(sys, "stdin", None)
    assert cli.main(["--module", softhsm.MODULE, "--language", "it"]) == 1
    said = capsys.readouterr().err
    assert "--module" in said and "/nowhere.so" in said and "né uno schermo" in said


def test_busy_port(home, agent, capsys, monkeypatch):
    monkeypatch.setattr(consent, "choose", lambda *_args: consent.ProcessConsent("terminal"))
    assert (
        cli.main(["--module", softhsm.MODULE, "--port", str(agent.port), "--language", "it"]) == 1
    )
    assert f"porta {agent.port}" in capsys.readouterr().err


def test_the_command_serves(tmp_path, tokens):
    """The real program, at a terminal, with its own folder of settings."""
    code = (
        "import sys, threading, urllib.request, urllib.error\n"
        f"import os; os.environ['XDG_CONFIG_HOME'] = {str(tmp_path)!r}\n"
        "from pa_firma_agente import cli, server\n"
        "def ask(port):\n"
        "    request = urllib.request.Request(f'http://127.0.0.1:{port}/v1/ping')\n"
        "    print('SAID', urllib.request.urlopen(request, timeout=20).status); os._exit(0)\n"
        "plain = server.Server.serve_forever\n"
        "def serve(self):\n"
        "    threading.Thread(target=ask, args=(self.port,)).start(); plain(self)\n"
        "server.Server.serve_forever = serve\n"
        f"cli.main(['--terminal', '--language', 'it', '--port', '0', '--module', {softhsm.MODULE!r}])"
    )
    out = _at_terminal(code, None)
    assert "in ascolto su http://127.0.0.1:" in out and "SAID 204" in out


def test_help_and_version(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "pa_firma_agente", "--help"],
        cwd=FOLDER,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0 and str(PORT) in done.stdout and "--module" in done.stdout
    done = subprocess.run(
        [sys.executable, "-m", "pa_firma_agente", "--version"],
        cwd=FOLDER,
        capture_output=True,
        text=True,
    )
    assert done.stdout.strip() == __version__


def test_children_do_not_start_from_where_the_person_is(tmp_path, monkeypatch, tokens):
    """A file left in the folder of downloads must not pass itself off as a library."""
    from pa_firma_agente.card_client import Card

    (tmp_path / "json.py").write_text("raise SystemExit(9)")
    monkeypatch.chdir(tmp_path)
    assert len(Card([softhsm.MODULE]).certificates()) == 3
    assert json.loads("1") == 1
