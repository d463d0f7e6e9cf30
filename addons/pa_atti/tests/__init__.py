from . import test_attacchi, test_iter, test_registro
from . import test_traduzione
