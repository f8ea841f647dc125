"""The desk: the study in a browser of this machine. Requests in, pages out; it holds the keys while it runs.

One process with threads serves one study over loopback. `gate` opens the study at the first sign-in and keeps
who sits where; `access` says who may call which route; each folder is one task with its views and templates.
"""
