from . import controllers
from . import models
from . import wizards
from .tools import quiet_log

quiet_log.install()
