"""The admin API: what relying parties tell the provider, with an access token of their own (client_credentials)."""
