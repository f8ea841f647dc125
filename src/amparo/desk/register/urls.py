"""Routes of the register."""

from __future__ import annotations

from django.urls import path

from amparo.desk.register import changes, dossier, views

urlpatterns = [
    path("register", views.register, name="register"),
    path("register/purpose", views.purpose, name="register-purpose"),
    path("register/search", views.search, name="register-search"),
    path("thing/<str:of>", views.thing, name="thing"),
    path("thing/<str:of>/say", changes.say, name="thing-say"),
    path("thing/<str:of>/prefer", changes.prefer, name="thing-prefer"),
    path("thing/<str:of>/withdraw", changes.withdraw, name="thing-withdraw"),
    path("thing/<str:of>/dossier", dossier.dossier, name="thing-dossier"),
    path("thing/<str:of>/verify", changes.verify, name="thing-verify"),
]
