"""One act through its visto, digitally signed, in a database that the addons were added to."""

import tempfile

from scripts.town import PASSWORD, Town

town = Town(env)
tipo = env.ref("pa_atti.tipo_determina_impegno")
with tempfile.TemporaryDirectory() as folder:
    town.digital(folder)
line = town.line(town.chapters[0], "10.01")
act = town.as_user("istruttore", env["pa.atto"]).create(town.draft_vals(tipo, 1, line))
act.action_start()
for name in ("responsabile", "finanziario"):
    town.as_user(name, act)._my_step().action_sign(town.devices[name], PASSWORD)
assert act.number_generale
