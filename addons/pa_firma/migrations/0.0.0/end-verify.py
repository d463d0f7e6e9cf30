from odoo.exceptions import ValidationError

LOST = {
    "Signatures without their file": (
        "SELECT f.id FROM pa_firma f JOIN pa_atto_documento d ON d.id = f.documento_id "
        "LEFT JOIN ir_attachment a ON a.id = d.attachment_id WHERE a.id IS NULL"
    ),
    "Signatures kept over time without their latest file": (
        "SELECT k.id FROM pa_firma_durata k JOIN pa_atto_documento d ON d.id = k.documento_id "
        "LEFT JOIN ir_attachment a ON a.id = d.attachment_id WHERE a.id IS NULL OR d.sha256 IS NULL"
    ),
    "Signatures of other records, kept over time without their latest file": (
        "SELECT k.id FROM pa_firma_durata k LEFT JOIN ir_attachment a ON a.id = k.attachment_id "
        "WHERE k.documento_id IS NULL AND (a.id IS NULL OR k.sha256 IS NULL)"
    ),
    "Signatures kept over time whose latest file is of another document": (
        "SELECT k.id FROM pa_firma_durata k JOIN pa_atto_documento d ON d.id = k.documento_id "
        "WHERE COALESCE(d.derived_from_id, d.id) <> k.origin_id"
    ),
    "Verifications of a year that are done, without some of their documents": (
        "SELECT v.id FROM pa_firma_riverifica v LEFT JOIN pa_firma_riverifica_riga r ON r.riverifica_id = v.id "
        "WHERE v.state = 'done' GROUP BY v.id HAVING count(r.id) < v.total"
    ),
}


def migrate(cr, version):
    """After every change of version: each recorded signature still has the file that holds it, and what keeps it."""
    for words, query in LOST.items():
        cr.execute(query)  # pylint: disable=sql-injection
        if lost := [row[0] for row in cr.fetchall()]:
            raise ValidationError(f"{words}: {lost}")
