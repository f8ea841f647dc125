"""Routes of the matching desk."""

from __future__ import annotations

from django.urls import path

from amparo.desk.matching import views

urlpatterns = [
    path("matching", views.matching, name="matching"),
    path("matching/begin", views.begin, name="matching-begin"),
    path("matching/judge", views.judge, name="matching-judge"),
    path("matching/undo", views.undo, name="matching-undo"),
    path("matching/stop", views.stop, name="matching-stop"),
    path("matching/agreement", views.agreement, name="matching-agreement"),
]
