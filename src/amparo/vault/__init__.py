"""The sealed store: the study's folder, its keys and key slots, the database behind Django, sealed files.

A study's root key opens everything; it leaves this process only wrapped by a key slot. `folder` opens a
study, `keyring` holds what this process may use, `backend` is Django's door, `frames` the bulk door.
"""
