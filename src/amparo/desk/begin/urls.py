"""Routes of a study's beginning."""

from __future__ import annotations

from django.urls import path

from amparo.desk.begin import shares, views

urlpatterns = [
    path("begin", views.begin, name="begin"),
    path("shares", shares.shares, name="shares"),
]
