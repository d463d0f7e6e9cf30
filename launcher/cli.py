"""The command line."""

import argparse
import errno
import os
import sys

from . import bench, harness, paths, server, soak, tools
from .ui import Fail, say

EPILOG = """\
A first start downloads Odoo 19 and its libraries (about 4 GB on disk) and takes a few minutes;
what is done is never done again, and what was interrupted goes on.

environment:
  PA_HOME                 where everything is kept (default: .pa in this folder)
  ODOO_HOME               an Odoo 19 that you already have (an `odoo` on the PATH is found too)
  PA_ODOO_GIT             address of Odoo's git repository, when there is no Debian mirror
  PGHOST PGPORT PGUSER PGPASSWORD, or PA_DB_HOST PA_DB_PORT PA_DB_USER PA_DB_PASSWORD
                          a PostgreSQL that you already have
"""


def parser():
    """The commands and their options."""
    top = argparse.ArgumentParser(
        prog="pa",
        description="Acts of an Italian municipality on Odoo 19: try it, test it, operate it.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)

    run = commands.add_parser("run", help="set up everything and start the demo (Ctrl-C ends it)")
    run.add_argument("--port", type=int, default=8069, help="port of the web server (8069)")
    run.add_argument("--detach", action="store_true", help="leave the server running and return")

    test = commands.add_parser(
        "test",
        help="set up everything and run the whole suite",
        epilog="Other arguments go to pytest, for instance: ./pa test --only pa_atti -k register",
    )
    test.add_argument(
        "--only",
        metavar="NAME",
        help="one part: lint, pure, tests, a set such as pa_atti+pa_firma, or an addon",
    )

    shell = commands.add_parser("shell", help="Odoo's Python shell on the demo database")
    shell.add_argument("arguments", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    commands.add_parser("stop", help="stop the server and the embedded PostgreSQL")
    reset = commands.add_parser("reset", help="delete the demo database, to start afresh")
    reset.add_argument("--all", action="store_true", help="delete all that ./pa has set up")

    replay = commands.add_parser("replay", help="replay a folder of a real municipality's acts")
    replay.add_argument("folder", metavar="DIR")
    replay.add_argument("--json", action="store_true", help="the report as JSON")
    measures = commands.add_parser(
        "bench",
        help="measure, side by side with Odoo's own work",
        epilog="--scale 0.01 makes everything a hundred times smaller; --only ab takes these items.",
    )
    measures.add_argument("--json", action="store_true", help="the results as JSON")
    commands.add_parser("i18n", help="write the translation files anew; say what has no Italian yet")
    long_runs = commands.add_parser(
        "soak", help="fuzz the verification of signed documents for a long time, guided by coverage"
    )
    long_runs.add_argument("--seconds", type=int, default=600, help="for each kind of file (600)")
    long_runs.add_argument("--entry", action="append", choices=soak.ENTRIES, help="only this kind of file")
    verify = commands.add_parser(
        "verify", help="verify signed documents, without Odoo", add_help=False
    )
    verify.add_argument("arguments", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    return top


def dispatch(options, extra):
    """Run the command; return the exit status."""
    if options.command == "run":
        return server.run(options.port, options.detach)
    if options.command == "test":
        return harness.run(options.only, extra)
    if options.command == "shell":
        return server.shell(options.arguments)
    if options.command == "stop":
        return server.stop()
    if options.command == "reset":
        return server.reset(options.all)
    if options.command == "replay":
        return tools.replay(options.folder, options.json)
    if options.command == "bench":
        return bench.run(options.json, extra)
    if options.command == "i18n":
        return tools.translations()
    if options.command == "soak":
        return soak.run(options.seconds, options.entry)
    return tools.verify(extra)


def main(arguments=None):
    """Parse, run, and turn foreseeable problems into one clear sentence."""
    top = parser()
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words[:1] == ["verify"]:  # its options are its own, in any order
        options, extra = top.parse_args(["verify"]), words[1:]
    else:
        options, extra = top.parse_known_args(words)
    if extra and options.command not in ("test", "bench", "verify"):
        top.error("unknown arguments: " + " ".join(extra))
    try:
        return dispatch(options, extra)
    except Fail as problem:
        say(f"pa: {problem}")
        return 1
    except KeyboardInterrupt:
        say("\npa: interrupted; start it again and it goes on from here.")
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            say(f"pa: the disk is full ({paths.HOME}). Make room and start again: it goes on.")
            return 1
        raise
