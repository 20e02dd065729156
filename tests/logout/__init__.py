"""Tests of `idp/logout`."""
