"""Django's handle on this room."""

from django.apps import AppConfig


class Config(AppConfig):
    """The room `cases` under its own label."""

    name = "amparo.study.cases"
    label = "cases"
