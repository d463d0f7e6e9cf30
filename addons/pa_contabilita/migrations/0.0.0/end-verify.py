from odoo import SUPERUSER_ID, api
from odoo.exceptions import ValidationError


def migrate(cr, version):
    """After every change of version: counters and ledger still agree, or the upgrade stops and says where they do not."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    problems = env["pa.quadratura"]._quadratura(env["res.company"].search([]))
    if problems:
        raise ValidationError("\n".join(problems))
