"""Django's handle on this room."""

from django.apps import AppConfig


class Config(AppConfig):
    """The room `register` under its own label."""

    name = "amparo.study.register"
    label = "register"
