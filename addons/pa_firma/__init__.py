from . import controllers
from . import models
from . import wizards
from .tools import hidden_secrets

hidden_secrets.install()
