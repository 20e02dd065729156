"""Relying parties: their metadata in RFC 7591's words and ours, their generated secrets, and a cache of both.

`clients.yaml`, the command line, the console and the API all end in `parse_client_metadata`, which refuses what it
does not know; `store` keeps the metadata as it was declared; `directory` answers the hot path from memory.

May import: database, protocol, settings, clock, sealing.
"""
