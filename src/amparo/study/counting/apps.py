"""Django's handle on this room."""

from django.apps import AppConfig


class Config(AppConfig):
    """The room `counting` under its own label."""

    name = "amparo.study.counting"
    label = "counting"
