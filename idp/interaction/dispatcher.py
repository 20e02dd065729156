"""Which prompt comes next: each says for itself whether it is needed, in the order of the table."""

from idp.interaction.facts import Facts
from idp.interaction.flow import Flow
from idp.interaction.prompt import Prompt
from idp.interaction.prompts import PROMPTS


def next_prompt(flow: Flow, facts: Facts) -> Prompt | None:
    """The first prompt that is needed; None when the flow can be completed."""
    for prompt in PROMPTS:
        if prompt.needed(flow, facts):
            return prompt
    return None
