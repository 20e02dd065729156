"""What an owner's objection does: one file for each subject, all behind `SUBJECTS`.

/object ─▶ lifecycle.objections.find_objection ─▶ SUBJECTS[subject].tell: what the page says
    POST ─▶ spend_objection, once              ─▶ SUBJECTS[subject].act, in the same transaction
"""
