"""Routes of the reading room."""

from __future__ import annotations

from django.urls import path

from amparo.desk.reading import choosing, document, views

urlpatterns = [
    path("reading", views.room, name="reading"),
    path("reading/file", views.receive, name="reading-file"),
    path("reading/list", choosing.columns, name="reading-list"),
    path("reading/preview", choosing.preview, name="reading-preview"),
    path("reading/chat", choosing.messages, name="reading-chat"),
    path("reading/statement", views.statement, name="reading-statement"),
    path("claims", views.waiting, name="claims"),
    path("file/<int:file>", document.view, name="file"),
    path("file/<int:file>/decide", document.decide, name="file-decide"),
    path("file/<int:file>/accept-safe", document.accept_safe, name="file-accept-safe"),
    path("file/<int:file>/say", document.say, name="file-say"),
]
