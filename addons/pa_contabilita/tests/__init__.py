from . import test_anni, test_attacchi
from . import test_attacchi_cifre, test_attacchi_rete
from . import test_demo
from . import test_determina
from . import test_importa
from . import test_liquidazione
from . import test_quadratura
from . import test_ragioneria
from . import test_regole
from . import test_schermi
from . import test_societa
from . import test_stanziamento
from . import test_velocita
from . import test_traduzione
from . import test_ufficio
