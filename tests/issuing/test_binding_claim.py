"""The claim `ua_binding` is made once for a browser and a client, and is what it would be if it were made each time."""

from idp.issuing.binding_claim import _claim
from idp.protocol.user_agent_binding import BindingMode, bind, read_user_agent
from idp.sealing import MasterKeys

_AGENTS = (
    None,
    "Portal/1.2 (iOS)",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36",
)


def test_a_claim_that_was_kept_is_the_claim_that_would_be_made() -> None:
    """For every mode, browser, client and master key: neither is told the claim of another one."""
    installations = (MasterKeys(bytes(range(32))), MasterKeys(bytes(32)))
    bindings = [bind(mode, read_user_agent(agent)) for mode in BindingMode for agent in _AGENTS]
    questions = [(keys, client, each) for keys in installations for client in ("shop", "portal") for each in bindings]
    for _ in range(2):
        assert [_claim(*question) for question in questions] == [_claim.__wrapped__(*each) for each in questions]
