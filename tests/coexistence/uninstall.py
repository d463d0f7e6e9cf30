"""Somebody tries to uninstall each of our addons, in every way that Odoo offers; prints how many were refused."""

import json

from odoo.exceptions import UserError

refused = {}
modules = env["ir.module.module"].search([("name", "=like", "pa\\_%"), ("state", "=", "installed")])
for module in modules:
    refused[module.name] = 0
    for attempt in ("button_uninstall", "button_immediate_uninstall", "module_uninstall"):
        try:
            getattr(module, attempt)()
        except UserError:
            refused[module.name] += 1
        env.cr.rollback()
print(json.dumps(refused))
