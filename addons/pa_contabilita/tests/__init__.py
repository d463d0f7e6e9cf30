from . import test_attacchi
from . import test_determina
from . import test_importa
from . import test_liquidazione
from . import test_quadratura
from . import test_stanziamento
from . import test_traduzione
from . import test_demo
