"""(e) the first page of 100,000 acts over HTTP, against the same page of 100,000 journal entries."""

import os
import socket
import subprocess
import sys
import time

import requests
from lxml import etree

from odoo.tools import SQL, config

from .acts import Acts, Entries
from .bulk import multiply, settle
from .clock import interleaved, measure

RECORDS = 100_000


class Server:
    """Odoo's own server on this database, and a logged-in session."""

    def __init__(self, env):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.database = env.cr.dbname
        command = [sys.executable, "-m", "odoo", "server", "-c", config["config"], "-d", self.database]
        command += [f"--http-port={self.port}", f"--db-filter=^{self.database}$", "--max-cron-threads=0"]
        self.process = subprocess.Popen(
            command, env=os.environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self._wait()

    def _wait(self):
        for _turn in range(300):
            try:
                if requests.get(f"http://127.0.0.1:{self.port}/web/login", timeout=60).ok:
                    return
            except requests.ConnectionError:
                time.sleep(0.3)
        raise RuntimeError("the server does not answer")

    def session(self, login, password):
        """A function that calls a model's method as this user."""
        http = requests.Session()

        def call(path, **params):
            body = {"jsonrpc": "2.0", "method": "call", "params": params}
            answer = http.post(f"http://127.0.0.1:{self.port}{path}", json=body, timeout=120).json()
            if "error" in answer:
                raise RuntimeError(str(answer["error"])[:2000])
            return answer["result"]

        call("/web/session/authenticate", db=self.database, login=login, password=password)
        return lambda model, method, *args, **kwargs: call(
            f"/web/dataset/call_kw/{model}/{method}", model=model, method=method, args=args, kwargs=kwargs
        )

    def close(self):
        self.process.terminate()
        self.process.wait(20)


def first_page(town, scale):
    """(e): for somebody who sees all of both, and for a user whose record rules count."""
    count = int(RECORDS * scale)
    _fill(town, count)
    town.env.cr.commit()
    server = Server(town.env)
    try:
        return _measured(town, server, count)
    finally:
        server.close()


def _measured(town, server, count):
    segretario = server.session("pa_segretario", "pa_segretario")
    istruttore = server.session("pa_istruttore", "pa_istruttore")
    ours, theirs = town.env.ref("pa_atti.atto_list"), town.env.ref("account.view_move_tree")
    contenders = {
        "acts, by the secretary": _page(segretario, "pa.atto", ours.id, count),
        "journal entries": _page(segretario, "account.move", theirs.id, count),
        "acts, by a clerk of one office": _page(istruttore, "pa.atto", ours.id, count),
    }
    seconds = interleaved(contenders, max(3, min(20, count)), warmup=3)
    label = f"first page of {count} records over HTTP"
    return [
        measure(label, seconds, name, "journal entries", aim)
        for name, aim in (("acts, by the secretary", 1), ("acts, by a clerk of one office", None))
    ]


def _page(call, model, view_id, count):
    """What the web client asks to show the first page of this list."""
    views = call(model, "get_views", [[view_id, "list"]])
    arch = etree.fromstring(views["views"]["list"]["arch"])
    described = call(model, "fields_get", [], ["type"])
    spec = {}
    for node in arch.xpath("./field | ./header//field"):
        kind = described[node.get("name")]["type"]
        spec[node.get("name")] = {"fields": {"display_name": {}}} if kind == "many2one" else {}
    arguments = {"domain": [], "specification": spec, "limit": 80, "offset": 0, "count_limit": 10001}
    found = call(model, "web_search_read", **arguments)
    if len(found["records"]) != min(80, count):
        raise RuntimeError(f"{model}: {len(found['records'])} records")
    return lambda _number: call(model, "web_search_read", **arguments)


def _fill(town, count):
    """As many concluded acts, with steps and assignees, as posted entries; and somebody who sees both."""
    env, cr = town.env, town.env.cr
    acts, entries = Acts(town), Entries(env)
    people = town.people["segretario"]
    people.group_ids += env.ref("pa_atti.group_segreteria") + env.ref("account.group_account_manager")
    cr.commit()
    acts.through_visto()
    entries.post()
    cr.rollback()
    act, move = env["pa.atto"].search([], limit=1), env["account.move"].search([], limit=1)
    before = multiply(
        cr, "pa_atto", act.id, count,
        oggetto=SQL("t.oggetto || ' ' || n"), number_generale=SQL("100000 + n"), number_settore=SQL("100000 + n"),
    )
    for passo in act.passo_ids:
        steps = multiply(cr, "pa_atto_passo", passo.id, count, atto_id=SQL("%s + n", before))
        cr.execute(
            "INSERT INTO pa_atto_passo_res_users_rel (pa_atto_passo_id, res_users_id) "
            "SELECT %s + n, res_users_id FROM pa_atto_passo_res_users_rel, generate_series(1, %s) n "
            "WHERE pa_atto_passo_id = %s",
            [steps, count, passo.id],
        )
    moves = multiply(
        cr, "account_move", move.id, count, name=SQL("'MISC/9/' || n"), sequence_number=SQL("n"),
        sequence_prefix=SQL("'MISC/9/'"),
    )
    for line in move.line_ids:
        multiply(cr, "account_move_line", line.id, count, move_id=SQL("%s + n", moves), move_name=SQL("'MISC/9/' || n"))
    settle(cr, "pa_atto", "pa_atto_passo", "pa_atto_passo_res_users_rel", "account_move", "account_move_line")
