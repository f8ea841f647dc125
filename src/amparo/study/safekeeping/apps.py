"""Django's handle on this room."""

from django.apps import AppConfig


class Config(AppConfig):
    """The room `safekeeping` under its own label."""

    name = "amparo.study.safekeeping"
    label = "safekeeping"
