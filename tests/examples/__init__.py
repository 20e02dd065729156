"""Tests of the example applications: the portal, the API and the command that starts everything."""
