"""A desk of its own: a real server over a synthetic study, and the browser that sits before it."""

from __future__ import annotations

from amparo.study import store

store.configure()
