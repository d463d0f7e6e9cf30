"""`./pa verify FILE…`: a verdict on signed documents, without a database."""

import sys

if __name__ == "__main__":
    del sys.path[0]  # this folder: its modules would hide the library's own

import argparse
import datetime as dt
import importlib
import importlib.util
import json
import os

from cryptography import x509

_FOLDER = os.path.dirname(os.path.abspath(__file__))
_EXIT = {"valid": 0, "not_valid": 1, "undetermined": 2}
WRONG_COMMAND = 3
MAX_READ = 64 * 1024 * 1024 + 1  # one byte more than is verified; devices have no end
EPILOG = """\
Exit status: 0 valid, 1 not valid, 2 cannot be determined (of several files, the worst: 1, then 2), 3 the command
itself is wrong (a file that is missing or cannot be read, an unknown option).

--json writes one object for one file, and a list of objects, in the same order, for several.

It verifies PDF (PAdES, PKCS#7), CMS (.p7m, .p7s: DER, BER, base64, PEM; CAdES, also nested, parallel, countersigned,
detached), timestamps (.tsr, .tsd, .m7m), XML (XAdES), ASiC containers, S/MIME. Nothing is fetched from the network:
revocation is judged by what the file carries. Without --trust nobody is trusted, so nothing is better than
"cannot be determined".
"""


def _module(name):
    """A module of this folder as part of a package of its own: it needs neither Odoo nor the addon."""
    if "pa_firma_tools" not in sys.modules:
        spec = importlib.util.spec_from_file_location(
            "pa_firma_tools", os.path.join(_FOLDER, "__init__.py"), submodule_search_locations=[_FOLDER]
        )
        sys.modules["pa_firma_tools"] = package = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(package)
    return importlib.import_module(f"pa_firma_tools.{name}")


class _Wrong(Exception):
    """The command cannot be carried out."""


class _Parser(argparse.ArgumentParser):
    def error(self, message):
        self.print_usage(sys.stderr)
        sys.stderr.write(f"pa verify: {message}\n")
        raise SystemExit(WRONG_COMMAND)


def _time(text):
    """ISO 8601; a bare date is its last second, in UTC without an offset."""
    text = text.strip().upper().replace("Z", "+00:00")
    value = dt.datetime.fromisoformat(text)
    if "T" not in text and ":" not in text:  # 2026-12-01, 20261201, 2026-W49-2
        value = value.replace(hour=23, minute=59, second=59)
    return value if value.tzinfo else value.replace(tzinfo=dt.timezone.utc)


def _read(path):
    try:
        with open(path, "rb") as file:
            return file.read(MAX_READ)
    except IsADirectoryError:
        raise _Wrong(f"{path} is a folder, not a file.") from None
    except FileNotFoundError:
        raise _Wrong(f"{path} does not exist.") from None
    except OSError as error:
        raise _Wrong(f"{path} cannot be read: {error.strerror}.") from None


def parser():
    """The options of the command."""
    top = _Parser(
        prog="pa verify",
        description="Verify the signatures of documents / Verifica le firme di documenti.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("files", nargs="*", metavar="FILE", help="a signed document")
    top.add_argument(
        "--original", metavar="FILE", help="the document that had to be signed; for a detached signature, the signed one"
    )
    top.add_argument(
        "--trust", action="append", default=[], metavar="CERT.pem", nargs="+",
        help="certificates of trusted authorities (PEM, also several in a file, or DER)",
    )  # fmt: skip
    top.add_argument(
        "--trust-list", action="append", default=[], metavar="LIST.xml",
        help="trusted list (ETSI TS 119 612), signed by a certificate given with --trust or named by the list of lists; its"
        " pivots, where its signers changed since the Official Journal, in any order",
    )  # fmt: skip
    top.add_argument(
        "--at", type=_time, metavar="TIME", help="judge as of this time (ISO 8601), for instance that of a protocol entry"
    )
    top.add_argument("--timestamp", metavar="FILE.tsr", help="detached timestamp of FILE, as a proof of time")
    top.add_argument("--json", action="store_true", help="machine-readable report")
    top.add_argument("--etsi", metavar="REPORT.xml", help="also write an ETSI TS 119 102-2 report (one file only)")
    top.add_argument("--report", metavar="REPORT.html|.pdf", help="also write a report to read and keep (one file only)")
    top.add_argument("--lang", choices=("it", "en"), help="language of what is written (default: the system's)")
    return top


def main(argv=None):
    """Run the command and return its exit status."""
    top = parser()
    options = top.parse_args(argv)
    if not options.files and options.trust:
        options.files, options.trust[-1] = _taken_for_anchors(options.trust[-1])
    if not options.files:
        top.error("a FILE is missing")
    try:
        reports = _reports(options)
        _write_reports(options, reports)
    except _Wrong as problem:
        sys.stderr.write(f"pa verify: {problem}\n")
        return WRONG_COMMAND
    if options.json:
        shown = reports[0] if len(options.files) == 1 else reports
        text = json.dumps(shown, indent=2, ensure_ascii=False)
    else:
        words = _module("words")
        text = "\n\n".join(words.render(report, words.language(options.lang)) for report in reports)
    sys.stdout.reconfigure(errors="backslashreplace")  # names of any script, on any terminal
    sys.stdout.write(text + "\n")
    return max((_EXIT[report["verdict"]] for report in reports), key=(0, 2, 1).index)


def _reports(options):
    """Read everything first, so that nothing is said of one file when another is missing."""
    documents = [_read(path) for path in options.files]
    original = _read(options.original) if options.original else None
    trust = [_anchor(path) for group in options.trust for path in group]
    lists = [_read(path) for path in options.trust_list]
    timestamp = _read(options.timestamp) if options.timestamp else None
    if len(documents) > 1 and (options.original or options.timestamp or options.etsi or options.report):
        raise _Wrong("--original, --timestamp, --etsi and --report go with one FILE.")
    sandbox = _module("sandbox")
    reports = []
    for path, data in zip(options.files, documents, strict=True):
        report = sandbox.verify_document(
            data, original=original, trust=trust, at=options.at, trust_lists=lists, timestamp=timestamp
        )
        reports.append({"file": path, **report})
    return reports


def _anchor(path):
    data = _read(path)
    if not _is_anchor(data):
        raise _Wrong(f"{path} is not a certificate.")
    return data


def _taken_for_anchors(paths):
    """`--trust CERT.pem FILE`: what follows the certificates is what to verify."""
    first = next((n for n, path in enumerate(paths) if n and not _is_anchor(_peek(path))), len(paths))
    return paths[first:], paths[:first]


def _peek(path):
    try:
        return _read(path)
    except _Wrong:
        return b""


def _is_anchor(data):
    try:
        return b"-----BEGIN CERTIFICATE" in data or bool(x509.load_der_x509_certificate(data))
    except ValueError:
        return False


def _write_reports(options, reports):
    lang = _module("words").language(options.lang)
    for path, kind in ((options.etsi, "etsi"), (options.report, "html")):
        if not path:
            continue
        module = _module(f"report_{kind}")
        build = module.build_pdf if kind == "html" and path.lower().endswith(".pdf") else module.build
        try:
            with open(path, "wb") as file:
                file.write(build(reports[0], lang))
        except OSError as error:
            raise _Wrong(f"{path} cannot be written: {error.strerror}.") from None


if __name__ == "__main__":
    sys.exit(main())
