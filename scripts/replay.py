"""`./pa replay DIR [--json]`: a real municipality's acts through the real flow, in a fresh database."""

import json
import logging
import sys
from pathlib import Path

from odoo import api

from scripts.real_acts import files, plan, play, report


def main(env, folder, as_json):
    try:
        acts, lines = files.read_acts(folder), files.read_lines(folder)
        files._read(folder, "peg.csv", ())
    except files.FolderError as error:
        sys.exit(str(error))
    logging.getLogger("odoo.http").setLevel(logging.ERROR)
    player = play.Player(env, plan.Plan(files.join(acts, lines), lines))
    env.cr.commit()  # this script's own snapshot ends here: everything else has its own transaction
    peg_refused = player.prepare((Path(folder) / "peg.csv").read_bytes())
    player.load_openings()
    player.play()
    with env.registry.cursor() as cr:
        result = report.build(api.Environment(cr, api.SUPERUSER_ID, {}), player, peg_refused)
    print(json.dumps(result, indent=1, ensure_ascii=False) if as_json else report.show(result))
    return result


if __name__ == "__main__":
    main(env, sys.argv[1], "--json" in sys.argv[2:])
