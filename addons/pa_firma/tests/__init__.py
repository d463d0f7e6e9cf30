from . import test_attacchi
from . import test_libro
from . import test_percorso
from . import test_rifiuti
from . import test_transizione
from . import test_tour
from . import test_traduzione
from . import test_verifica_pubblica
