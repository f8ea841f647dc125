"""Django's handle on this room."""

from django.apps import AppConfig


class Config(AppConfig):
    """The room `linking` under its own label."""

    name = "amparo.study.linking"
    label = "linking"
