"""A conversation as JSON: the API's own bodies, and the numbered sources of each answer."""

from __future__ import annotations

import json
from dataclasses import asdict

from rag.export.transcript import Transcript, sources_of
from rag.records import conversation_json, message_json


def write(transcript: Transcript) -> bytes:
    messages = [
        {
            **message_json(message),
            "numbered_sources": [asdict(source) for source in sources_of(message.citations, message.sources)],
        }
        for message in transcript.messages
    ]
    body = {
        "format": "folio-conversation",
        "exported_at": transcript.exported_at,
        "conversation": conversation_json(transcript.conversation),
        "messages": messages,
    }
    return json.dumps(body, ensure_ascii=False, indent=2).encode("utf-8", "replace")
