"""Servers that translate, over HTTP: LibreTranslate, or DeepL's API. They get redacted text alone."""

import http.client
import json
import logging
import ssl
from typing import Any

from feedback_app.gateways import Translator

#: our key → theirs, where it differs; what stands nowhere is asked for as it is
_LIBRETRANSLATE = {"fa_AF": "fa", "ku": "ku", "ckb": "ckb"}
_DEEPL = {"fa_AF": "FA"}
_MOST_BYTES = 1_000_000

log = logging.getLogger(__name__)


class TranslationRefused(Exception):
    """The server gave no translation; `reason` is one of unreachable, language, refused, answer."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def translate(server: Translator, text: str, source: str, target: str) -> str:
    """The text in the target language; raises TranslationRefused. No log line holds the text."""
    path, headers, body = _REQUESTS[server.kind](server, text, source, target)
    status, answer = _post(server, path, headers, body)
    if status == 400:
        raise TranslationRefused("language")
    if status != 200:
        log.warning("the translation server refuses: %s", status)
        raise TranslationRefused("refused")
    try:
        found = _ANSWERS[server.kind](json.loads(answer))
    except (ValueError, KeyError, IndexError, TypeError):
        raise TranslationRefused("answer") from None
    if not isinstance(found, str) or not found.strip():
        raise TranslationRefused("answer")
    return found.strip()


def _post(server: Translator, path: str, headers: dict[str, str], body: dict[str, Any]) -> tuple[int, bytes]:
    host = server.address.hostname or ""
    line: http.client.HTTPConnection
    if server.address.scheme == "https":
        context = ssl.create_default_context()
        line = http.client.HTTPSConnection(host, server.address.port, timeout=server.timeout, context=context)
    else:
        line = http.client.HTTPConnection(host, server.address.port, timeout=server.timeout)
    sent = json.dumps(body).encode("ascii")
    try:
        line.request("POST", path, sent, {"Content-Type": "application/json", **headers})
        answer = line.getresponse()
        return answer.status, answer.read(_MOST_BYTES)
    except (OSError, http.client.HTTPException) as error:
        log.warning("the translation server cannot be reached: %s", type(error).__name__)
        raise TranslationRefused("unreachable") from None
    finally:
        line.close()


def _ask_libretranslate(
    server: Translator, text: str, source: str, target: str
) -> tuple[str, dict[str, str], dict[str, Any]]:
    body = {
        "q": text,
        "source": _LIBRETRANSLATE.get(source, source),
        "target": _LIBRETRANSLATE.get(target, target),
        "format": "text",
    }
    if server.key:
        body["api_key"] = server.key
    return f"{server.address.path}/translate", {}, body


def _ask_deepl(
    server: Translator, text: str, source: str, target: str
) -> tuple[str, dict[str, str], dict[str, Any]]:
    body = {
        "text": [text],
        "source_lang": _DEEPL.get(source, source.upper()),
        "target_lang": target.upper(),
    }
    return f"{server.address.path}/v2/translate", {"Authorization": f"DeepL-Auth-Key {server.key}"}, body


_REQUESTS = {"libretranslate": _ask_libretranslate, "deepl": _ask_deepl}
_ANSWERS = {
    "libretranslate": lambda answer: answer["translatedText"],
    "deepl": lambda answer: answer["translations"][0]["text"],
}
