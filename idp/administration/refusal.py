"""The one error of operator use-cases."""


class Refused(Exception):
    """What was asked for cannot be done. Its text is one sentence for the operator that says what to do instead."""
