"""The servers that are compared: how each is filled, started and asked. `server.py` has what they share."""
