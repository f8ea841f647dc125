"""Django's handle on this room."""

from django.apps import AppConfig


class Config(AppConfig):
    """The room `claims` under its own label."""

    name = "amparo.study.claims"
    label = "claims"
