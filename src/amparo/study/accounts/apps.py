"""Django's handle on this room."""

from django.apps import AppConfig


class Config(AppConfig):
    """The room `accounts` under its own label."""

    name = "amparo.study.accounts"
    label = "accounts"
