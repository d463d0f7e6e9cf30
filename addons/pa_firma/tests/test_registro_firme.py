from odoo.addons.pa_atti.tests.common_rpc import RpcCommon
from odoo.addons.pa_atti.tools.seal import sealed_write
from odoo.tests import tagged

from .common import FirmaCommon


@tagged("post_install", "-at_install")
class TestRegistroFirme(FirmaCommon, RpcCommon):
    """Who reads which signatures, asked over the network by people with few rights."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.segreteria = cls._person("segreteria", "ruolo_istruttore", cls.affari)
        cls.segreteria.group_ids += cls.env.ref("pa_atti.group_segreteria")
        for user in (cls.istruttore, cls.estraneo):
            user.group_ids += cls.env.ref("base.group_allow_export")

    def _signed(self, **vals):
        atto = self._at_signature("tipo_determina", **vals)
        self._sign(atto, self.responsabile)
        return atto, atto.sudo().firma_ids

    def _reads(self, user, firma, model="pa.firma"):
        """Everything by which the row could be seen: search, count, groups, export, read of its id."""
        self._as(user)
        record = firma if model == "pa.firma" else firma.durata_id
        domain = [("id", "=", record.id)]
        found = self._rpc(model, "search_read", domain, ["atto_id"])
        self.assertEqual(bool(found), bool(self._rpc(model, "search_count", domain)))
        groups = self._rpc(model, "formatted_read_group", domain, ["atto_id"], ["__count"])
        self.assertEqual(bool(found), bool(groups))
        if not found:
            self._refused(model, "read", [record.id], ["display_name"])
            self._refused(model, "export_data", [record.id], ["display_name"])
        return bool(found)

    def test_own_office_and_secretariat(self):
        atto, firma = self._signed()
        self.assertNotEqual(atto.state, "done")
        for model in ("pa.firma", "pa.firma.durata"):
            seen = {user.login: self._reads(user, firma, model) for user in (self.istruttore, self.responsabile, self.estraneo, self.segreteria)}
            self.assertEqual(seen, {"pa_istruttore": True, "pa_responsabile": True, "pa_estraneo": False, "pa_segreteria": True}, model)

    def test_reserved_documents_do_not_leak(self):
        atto, firma = self._signed()
        self._complete(atto, self.messo)
        self.assertEqual(atto.state, "done")
        self.assertTrue(self._reads(self.estraneo, firma), "concluded acts are for everybody")
        sealed_write(firma.documento_id, {"visibility": "riservato"})
        sealed_write(firma.durata_id.documento_id, {"visibility": "riservato"})
        for model in ("pa.firma", "pa.firma.durata"):
            self.assertFalse(self._reads(self.estraneo, firma, model), model)
            self.assertTrue(self._reads(self.istruttore, firma, model), model)
            self.assertTrue(self._reads(self.segreteria, firma, model), model)
        self._as(self.estraneo)
        self.assertFalse(self._rpc("pa.firma", "search", [("documento_id.visibility", "=", "riservato")]))

    def test_columns_and_export(self):
        atto, firma = self._signed()
        self._as(self.istruttore)
        names = ["signer", "codice_fiscale", "capacity", "atto_id/display_name", "number", "level", "kept_level", "proved_by", "verdict"]
        row = self._rpc("pa.firma", "export_data", firma.ids, names)["datas"][0]
        self.assertEqual(row[:2], [self.responsabile.name, self.responsabile.pa_codice_fiscale])
        self.assertIn(atto.oggetto, row[3])
        self.assertEqual((row[4], row[5], row[8]), (atto._number_text(), "B-T", "Valid"))
        self.assertEqual((firma.proved_by, firma.signed_year), ("timestamp", firma.timestamp_time.year))

    def test_groups_for_pivot_and_graph(self):
        _atto, firma = self._signed()
        self._as(self.istruttore)
        for groupby in ("department_id", "kept_level", "tipo_id", "signing_time:month", "issuer", "proved_by"):
            groups = self._rpc("pa.firma", "formatted_read_group", [("id", "=", firma.id)], [groupby], ["__count"])
            self.assertEqual([group["__count"] for group in groups], [1], groupby)

    def test_the_year_is_that_of_rome(self):
        _atto, firma = self._signed()
        sealed_write(firma, {"timestamp_time": "2030-12-31 23:30:00"})
        self.assertEqual(firma.signed_year, 2031)

    def test_derived_columns_are_not_written(self):
        _atto, firma = self._signed()
        for user in (self.responsabile, self.segreteria):
            self._as(user)
            for vals in ({"kept_level": "B-LTA"}, {"signed_year": 1999}, {"durata_id": False}, {"archive_until": False}):
                self._refused("pa.firma", "write", firma.ids, vals)
            self._refused("pa.firma.durata", "write", firma.durata_id.ids, {"level": "B-LTA"})
            self._refused("pa.firma.durata", "_follow", firma.documento_id.ids, {"signatures": []})
