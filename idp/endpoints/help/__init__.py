"""The public pages of help: forms whose answers become cases of the support desk, and advice.

Every form is one `HelpForm`, and all of them go the same way (`forms.py`). None says whether an account exists.
"""

from idp.endpoints.help import authorise_case, change_login_email, contact, login_email, messages

HELP_PAGES = (login_email, change_login_email, contact, messages, authorise_case)
