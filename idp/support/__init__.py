"""The support desk's nouns: cases with their evidence and history, the services of an account, objections.

A case is opened by a form of the public pages, by a flow that has no way on, or by an operator; `administration/cases`
decides what may happen to it. May import: database, protocol, settings, clock, sealing.
"""
