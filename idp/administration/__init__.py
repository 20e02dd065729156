"""What operators do: relying parties, accounts, keys, the schema, and a diagnosis of the installation.

Use-cases that the command line calls now and that console and API call alike: each takes the database (or a
transaction of it) and who acts, and writes its audit event. May import: lifecycle and below.
"""
