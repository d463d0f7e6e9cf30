"""`./pa verify FILE [--original FILE] [--trust CERT.pem …] [--at TIME] [--json]`: a verdict without a database.

Exit status: 0 valid, 1 not valid, 2 cannot be determined, 3 the command itself is wrong.
"""

import argparse
import datetime as dt
import importlib.util
import json
import os
import sys

_FOLDER = os.path.dirname(os.path.abspath(__file__))
_EXIT = {"valid": 0, "not_valid": 1, "undetermined": 2}
_WORDS = {"valid": "VALID", "not_valid": "NOT VALID", "undetermined": "CANNOT BE DETERMINED"}


def _sandbox():
    """The sandbox module, loaded as a file: it needs neither Odoo nor the addon."""
    spec = importlib.util.spec_from_file_location("pa_firma_sandbox", os.path.join(_FOLDER, "sandbox.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _time(text):
    value = dt.datetime.fromisoformat(text.replace("Z", "+00:00"))
    return value if value.tzinfo else value.replace(tzinfo=dt.timezone.utc)


def _read(path):
    with open(path, "rb") as file:
        return file.read()


def _parser():
    parser = argparse.ArgumentParser(prog="pa verify", description="Verify the signatures of a PDF.")
    parser.add_argument("file")
    parser.add_argument("--original", help="the document that had to be signed, exactly")
    parser.add_argument("--trust", nargs="+", action="extend", default=[], metavar="CERT.pem", help="trust anchors")
    parser.add_argument("--at", type=_time, help="judge certificates at this time (ISO 8601)")
    parser.add_argument("--json", action="store_true", help="machine-readable report")
    return parser


def main(argv=None):
    options = _parser().parse_args(argv)
    try:
        data = _read(options.file)
        original = _read(options.original) if options.original else None
        trust = [_read(path).decode("ascii") for path in options.trust]
    except (OSError, UnicodeDecodeError) as error:
        print(f"pa verify: {error}", file=sys.stderr)  # pylint: disable=print-used
        return 3
    report = _sandbox().verify_pdf(data, original=original, trust=trust, at=options.at)
    print(json.dumps(report, indent=2, ensure_ascii=False) if options.json else render(report))  # pylint: disable=print-used
    return _EXIT[report["verdict"]]


def render(report):
    lines = [_WORDS[report["verdict"]]]
    lines += [f"- {reason['detail']}" for reason in report["reasons"]]
    for item in report["signatures"]:
        lines.append(f"{item['field']}: {item['format']} {item['level']} {item['signer']} {item['codice_fiscale']}".rstrip())
        time = (item["timestamp"] or {}).get("time") or item["signing_time"] or "unknown time"
        lines.append(f"  {_WORDS[item['verdict']].lower()}, {time}")
        lines += [f"  note: {warning['detail']}" for warning in item["warnings"]]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
