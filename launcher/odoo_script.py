"""Runs in the environment's Python: a script with `env` available, in an Odoo database.

`python odoo_script.py CONF DATABASE SCRIPT ARGUMENT…`. The script sees `env` (superuser, Italian)
and its arguments in sys.argv; what it did is committed when it ends without an exception.
"""

import runpy
import sys


def main():
    conf, database, script, *arguments = sys.argv[1:]
    import odoo
    from odoo import api
    from odoo.modules.registry import Registry
    from odoo.tools import config

    config.parse_config(["-c", conf, "-d", database, "--no-http"])
    import logging

    logging.getLogger().setLevel(logging.WARNING)
    registry = Registry(database)
    sys.argv = [script, *arguments]
    with registry.cursor() as cursor:
        env = api.Environment(cursor, api.SUPERUSER_ID, {"lang": "it_IT", "tz": "Europe/Rome"})
        status = 0
        try:
            runpy.run_path(script, init_globals={"env": env, "odoo": odoo}, run_name="__main__")
        except SystemExit as end:
            if isinstance(end.code, str):
                print(end.code, file=sys.stderr)
            status = end.code if isinstance(end.code, int) else int(bool(end.code))
        if status:
            cursor.rollback()
    return status


if __name__ == "__main__":
    sys.exit(main())
