"""The few options of curl that the documents use, so that their commands run where curl is not installed."""

from string import Template

import httpx

from tests.docs.documents import Command


def run_curl(command: Command, variables: dict[str, str]) -> httpx.Response:
    """Sends what curl would send; raises `AssertionError` for an option that is not known here."""
    words = [Template(word).substitute(variables) for word in command.words[1:]]
    url, user, headers, fields, method, content = "", None, {}, [], "", None
    rest = iter(words)
    for word in rest:
        match word:
            case "--silent" | "--fail":
                pass
            case "--user":
                name, _, secret = next(rest).partition(":")
                user = httpx.BasicAuth(name, secret)
            case "--header":
                name, _, value = next(rest).partition(": ")
                headers[name] = value
            case "--request":
                method = next(rest)
            case "--data" if "json" in headers.get("Content-Type", ""):
                content = next(rest)
            case "--data" | "--data-urlencode":
                fields.append(next(rest).partition("=")[::2])
            case _:
                assert not word.startswith("-"), f"{command.place}: {word}"
                url = word
    with httpx.Client(trust_env=False, headers={"user-agent": "curl/8.11.0"}) as client:
        method = method or ("POST" if fields or content is not None else "GET")
        return client.request(method, url, headers=headers, auth=user, data=dict(fields) or None, content=content)
