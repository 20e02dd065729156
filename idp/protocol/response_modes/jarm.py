"""JARM §2.3: the three ways again, with one parameter, `response`, that is a JWT of all the others."""

from idp.protocol.response_modes.form_post import by_form
from idp.protocol.response_modes.fragment import in_fragment
from idp.protocol.response_modes.mode import ResponseMode
from idp.protocol.response_modes.query import in_query

QUERY_JWT = ResponseMode("query.jwt", in_query, is_signed=True, shows_in_logs=True)
FRAGMENT_JWT = ResponseMode("fragment.jwt", in_fragment, is_signed=True)
FORM_POST_JWT = ResponseMode("form_post.jwt", by_form, is_signed=True, needs_web_address=True)
SHORT_NAME = "jwt"  # JARM §2.3.4: stands for one of the first two
