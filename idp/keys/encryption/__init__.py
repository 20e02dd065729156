"""Keys that clients encrypt to: published with `use: enc`, and used to decrypt only.

    current ──rotate──▶ previous (not published, still decrypts for a day) ──▶ deleted

Nothing has to be published ahead: whoever still has the old key is understood as well.
"""
