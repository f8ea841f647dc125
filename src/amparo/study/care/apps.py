"""Django's handle on this room."""

from django.apps import AppConfig


class Config(AppConfig):
    """The room `care` under its own label."""

    name = "amparo.study.care"
    label = "care"
