"""Browsers: each one is known by a long-lived random cookie, stored as its digest.

A row appears when somebody signs in, never for a mere visit. New-device mails and the binding of mailed links rest
on it.
May import: database, sealing.
"""
