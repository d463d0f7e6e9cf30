from . import test_attacchi, test_delega, test_documento, test_iter, test_limiti, test_pagina, test_percorsi, test_registro
from . import test_solleciti
from . import test_velocita
from . import test_rpc_configurazione, test_rpc_sigilli, test_rpc_visibilita
from . import test_rpc_nomi
from . import test_traduzione
from . import test_voto
