from odoo import SUPERUSER_ID, api
from odoo.exceptions import ValidationError


def migrate(cr, version):
    """After every change of version: each register is still whole, or the upgrade stops and says what is not."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    problems = [
        text
        for registro in env["pa.registro"].with_context(active_test=False).search([])
        for anno in registro.anno_ids
        for text in registro._verify(anno.year)
    ]
    if problems:
        raise ValidationError("\n".join(problems))
