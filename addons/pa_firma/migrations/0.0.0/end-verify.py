from odoo.exceptions import ValidationError


def migrate(cr, version):
    """After every change of version: each recorded signature still has the file that holds it."""
    cr.execute(
        "SELECT f.id FROM pa_firma f JOIN pa_atto_documento d ON d.id = f.documento_id "
        "LEFT JOIN ir_attachment a ON a.id = d.attachment_id WHERE a.id IS NULL"
    )
    lost = [row[0] for row in cr.fetchall()]
    if lost:
        raise ValidationError(f"Signatures without their file: {lost}")
