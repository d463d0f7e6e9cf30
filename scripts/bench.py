"""`./pa bench [--json] [--scale 0.01] [--only abc]`: what issues 2 and 3 ask to measure, side by side in one run."""

import argparse
import logging
import os
import sys

from scripts.measures import acts, documents, ledger, pages, report, signatures, situation
from scripts.town import Town

ITEMS = {
    "a": lambda town, scale: acts.one_act(town, rounds(30, scale)),
    "b": lambda town, scale: ledger.one_impegno(town, rounds(60, scale)),
    "c": lambda town, scale: situation.situation(town, scale),
    "d": lambda town, scale: situation.against_oca(town, scale),
    "e": lambda town, scale: pages.first_page(town, scale),
    "f": lambda town, scale: documents.render_and_sign(town, rounds(20, scale)),
    "g": lambda town, scale: acts.three_approvals(town, rounds(20, scale)),
    "h": lambda town, scale: signatures.batch(town, rounds(5, scale), scale),
    "i": lambda town, scale: signatures.many_signatures(town, rounds(9, scale)),
    "j": lambda town, scale: signatures.growth(town, rounds(5, scale), scale),
}


def rounds(wanted, scale):
    """Fewer when everything is made smaller, never less than three."""
    return max(3, int(wanted * min(1, scale * 10)))


def main(env, arguments):
    parser = argparse.ArgumentParser(prog="./pa bench")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--scale", type=float, default=1)
    parser.add_argument("--only", default="".join(ITEMS))
    options = parser.parse_args(arguments)
    logging.getLogger("odoo").setLevel(logging.ERROR)
    town = Town(env, amount="3000000.00")
    env.cr.commit()
    results = {}
    for item, measures in ITEMS.items():
        if item in options.only:
            print(f"({item}) ...", file=sys.stderr, flush=True)
            results[item] = measures(town, options.scale)
    result = report.build(env, results, options.scale)
    if options.scale == 1:
        report.keep(result, os.environ["PA_ROOT"])
    print(report.as_json(result) if options.json else report.as_text(result), flush=True)


if __name__ == "__main__":
    main(env, sys.argv[1:])
