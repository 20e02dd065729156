"""The login conversation: everything a person is asked between an authorization request and its answer.

    flow (the sealed token in the URL) ─▶ facts (what the rows say) ─▶ dispatcher asks each prompt `needed(flow, facts)`
      ─▶ one: its page, and on POST its `submit` ─▶ the dispatcher again      ─▶ none: completion opens a grant

Prompts never call each other. The flow is never evidence: evidence is a row.
May import: web, wiring, lifecycle, the nouns.
"""
