"""The command."""

import argparse
import errno
import locale
import sys
from pathlib import Path

from . import PORT, __version__, consent, libraries
from .card_client import Card
from .pairing import Pairings, check_origin, default_folder
from .problems import Problem
from .server import Server
from .service import Service
from .words import word


def _parser():
    parser = argparse.ArgumentParser(
        prog="pa-firma-agente",
        description="Agente di firma: fa firmare con la tessera di questo computer le pagine che hai abbinato. / "
        "Signing agent: lets the pages that you paired sign with this computer's card.",
    )
    parser.add_argument(
        "--port", type=int, default=PORT, help=f"porta su 127.0.0.1 / port on 127.0.0.1 ({PORT})"
    )
    parser.add_argument(
        "--module",
        action="append",
        metavar="LIB",
        help="libreria PKCS#11 della tessera, ripetibile / the card's PKCS#11 library, repeatable",
    )
    parser.add_argument(
        "--pair", metavar="ORIGIN", help="abbina un sito ed esce / pair a site and exit"
    )
    parser.add_argument(
        "--forget", metavar="ORIGIN", help="dimentica un sito ed esce / forget a site and exit"
    )
    parser.add_argument(
        "--list", action="store_true", help="elenca i siti abbinati / list the paired sites"
    )
    parser.add_argument(
        "--allow-http",
        action="append",
        default=[],
        metavar="ORIGIN",
        help="sito in http ammesso / http site allowed",
    )
    parser.add_argument(
        "--terminal", action="store_true", help="chiede al terminale / asks at the terminal"
    )
    parser.add_argument(
        "--language", choices=("it", "en"), help="lingua delle finestre / language of the windows"
    )
    parser.add_argument("--version", action="version", version=__version__)
    return parser


def main(argv=None):
    """Run the command; return its exit status."""
    options = _parser().parse_args(argv)
    language = options.language or (
        "en" if (locale.getlocale()[0] or "it").startswith("en") else "it"
    )
    pairings = Pairings(default_folder())
    if options.list or options.pair or options.forget:
        return _manage(options, pairings, language)
    return _run(options, pairings, language)


def _manage(options, pairings, language):
    if options.pair:
        try:
            pairings.add(check_origin(options.pair.rstrip("/").lower(), options.allow_http))
        except Problem:
            return _fail(word("bad_origin", language, origin=options.pair))
        print(word("paired", language, origin=options.pair))
    if options.forget:
        known = pairings.forget(options.forget.rstrip("/").lower())
        print(word("forgotten" if known else "unknown_origin", language, origin=options.forget))
        return 0 if known else 1
    if options.list:
        origins = pairings.origins()
        print(
            "\n".join(f"{day}  {origin}" for origin, day in origins.items())
            or word("no_pairs", language)
        )
    return 0


def _run(options, pairings, language):
    for module in options.module or ():
        if not Path(module).is_file():
            return _fail(word("module_unreadable", language, module=module))
    modules = [str(Path(module).resolve()) for module in options.module or libraries.known()]
    if not modules:
        return _fail(word("module_missing", language))
    asker = consent.choose(language, options.terminal)
    if asker is None:
        return _fail(word("no_screen", language))
    try:
        server = Server(
            Service(Card(modules), asker, pairings), options.port, plain_http=options.allow_http
        )
    except OSError as error:
        if error.errno in (errno.EADDRINUSE, errno.EACCES):
            return _fail(word("busy_port", language, port=options.port))
        raise
    print(word("ready", language, port=server.port), flush=True)
    with server:
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            return 0
    return 0


def _fail(sentence):
    print(sentence, file=sys.stderr)
    return 1
