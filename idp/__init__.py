"""A standalone OAuth 2.0 / OpenID Connect provider with hosted login pages.

Start reading at `docs/architecture.md`; the layers below are held by import-linter (`pyproject.toml`).
`endpoints/` is what the outside calls, `interaction/` the login conversation, `lifecycle/` what touches several
nouns at once; every noun (`accounts/`, `grants/`, `sessions/` …) owns its rules, its `table.py` and its `store.py`;
`protocol/` is the pure vocabulary and rules of OAuth and OpenID Connect.
"""
