"""Runs by odoo_script.py: the language for the users, then the `demo` files of our addons."""

import ast
import sys
from pathlib import Path

from odoo.tools.convert import convert_file

env = env  # noqa: F821 - given by odoo_script.py
env["res.lang"]._activate_lang("it_IT")
env["res.users"].with_context(active_test=False).search([]).write(
    {"lang": "it_IT", "tz": "Europe/Rome"}
)
env["res.partner"].with_context(active_test=False).search([]).write({"lang": "it_IT"})
env["ir.default"].set("res.partner", "lang", "it_IT")
for folder in map(Path, sys.argv[1:]):
    manifest = ast.literal_eval((folder / "__manifest__.py").read_text())
    references = {}
    for name in manifest.get("demo", []):
        print(f"{folder.name}: {name}", file=sys.stderr, flush=True)
        convert_file(env, folder.name, name, references, mode="init", noupdate=True)
    env["ir.module.module"].search([("name", "=", folder.name)]).write({"demo": True})
desk = env.ref("pa_atti.action_scrivania", raise_if_not_found=False)
if desk:  # demo users begin at their desk, not in a chat
    people = env.ref("pa_atti.group_operatore").all_user_ids - env.ref("base.user_admin")
    people.write({"action_id": desk.id, "odoobot_state": "disabled"})
    readers = env.ref("pa_atti.group_consultazione").all_user_ids - people - env.ref("base.user_admin")
    readers.write({"action_id": env.ref("pa_atti.action_atti").id, "odoobot_state": "disabled"})
env.cr.commit()
