"""A real embedding model of a few kilobytes, written by hand: an ONNX graph of one Gather, and a word-level tokenizer.

Each token's vector is a row of a table, so a text's vector is easily worked out: the mean of its rows, or the first.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace

WORDS = ("[PAD]", "[UNK]", "warm", "up", "whale", "dog", "sea", "query")
ROWS: tuple[tuple[float, ...], ...] = (
    (0, 0, 0, 1), (0, 0, 0, 1), (0, 0, 1, 0), (0, 0, 1, 0), (1, 0, 0, 0), (0, 1, 0, 0), (0.6, 0.8, 0, 0), (0, 0, -1, 0),
)  # fmt: skip
DIMENSION = 4
_FLOAT, _INT64 = 1, 7


def write_model(folder: Path, *, config: dict[str, object] | None = None, pooling: str = "") -> Path:
    """The model's files in `folder`, as fastembed wants them. `pooling`: as sentence-transformers writes it down."""
    _write_texts(folder, WORDS)
    _write_json(folder / "config.json", {"hidden_size": DIMENSION, "pad_token_id": 0} if config is None else config)
    if pooling:
        (folder / "1_Pooling").mkdir()
        _write_json(folder / "1_Pooling" / "config.json", {f"pooling_mode_{pooling}": True})
    (folder / "model.onnx").write_bytes(_gather_model())
    return folder


def _write_texts(folder: Path, words: Sequence[str]) -> None:
    """The folder with a tokenizer for these words."""
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = Tokenizer(WordLevel({word: number for number, word in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.save(str(folder / "tokenizer.json"))
    _write_json(folder / "tokenizer_config.json", {"model_max_length": 16, "pad_token": "[PAD]"})
    _write_json(folder / "special_tokens_map.json", {"pad_token": "[PAD]", "unk_token": "[UNK]"})
    _write_json(folder / "config.json", {"pad_token_id": 0})


def _write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value))


def _gather_model() -> bytes:
    """last_hidden_state = Gather(table, input_ids)."""
    node = _strings(1, ["table", "input_ids"]) + _strings(2, ["last_hidden_state"]) + _bytes_field(4, b"Gather")
    made = _tensor_info("last_hidden_state", _FLOAT, ["batch", "tokens", DIMENSION])
    return _model([node], _table(ROWS), made)


def _table(rows: Sequence[Sequence[float]]) -> bytes:
    return (
        b"".join(_varint_field(1, size) for size in (len(rows), len(rows[0])))
        + _varint_field(2, _FLOAT)
        + _bytes_field(8, b"table")
        + _bytes_field(9, b"".join(struct.pack(f"<{len(row)}f", *row) for row in rows))
    )


def _model(nodes: Sequence[bytes], table: bytes, output: bytes) -> bytes:
    """ModelProto. Field numbers are those of onnx.proto3."""
    graph = (
        b"".join(_bytes_field(1, node) for node in nodes)
        + _bytes_field(2, b"tiny")
        + _bytes_field(5, table)
        + _bytes_field(11, _tensor_info("input_ids", _INT64, ["batch", "tokens"]))
        + _bytes_field(11, _tensor_info("attention_mask", _INT64, ["batch", "tokens"]))
        + _bytes_field(12, output)
    )
    opset = _bytes_field(1, b"") + _varint_field(2, 13)
    return _varint_field(1, 8) + _bytes_field(7, graph) + _bytes_field(8, opset)


def write_reranker(folder: Path, scores: Mapping[str, float]) -> Path:
    """A real cross-encoder: the score of a question and a text is that of the best of their words, 0 for others."""
    words = ("[PAD]", "[UNK]", *scores)
    _write_texts(folder, words)
    table = _table([(0.0,), (0.0,), *((score,) for score in scores.values())])
    looked_up = _strings(1, ["table", "input_ids"]) + _strings(2, ["of_words"]) + _bytes_field(4, b"Gather")
    axes = _bytes_field(1, b"axes") + _varint_field(8, 1) + _varint_field(20, 7)
    keep = _bytes_field(1, b"keepdims") + _varint_field(3, 0) + _varint_field(20, 2)
    best = (
        _strings(1, ["of_words"]) + _strings(2, ["logits"]) + _bytes_field(4, b"ReduceMax")
        + _bytes_field(5, axes) + _bytes_field(5, keep)
    )  # fmt: skip
    (folder / "model.onnx").write_bytes(_model([looked_up, best], table, _tensor_info("logits", _FLOAT, ["batch", 1])))
    return folder


def _tensor_info(name: str, kind: int, shape: Sequence[str | int]) -> bytes:
    dimensions = b"".join(
        _bytes_field(1, _varint_field(1, size) if isinstance(size, int) else _bytes_field(2, size.encode()))
        for size in shape
    )
    tensor = _varint_field(1, kind) + _bytes_field(2, dimensions)
    return _bytes_field(1, name.encode()) + _bytes_field(2, _bytes_field(1, tensor))


def _strings(field: int, values: Iterable[str]) -> bytes:
    return b"".join(_bytes_field(field, value.encode()) for value in values)


def _bytes_field(field: int, value: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(value)) + value


def _varint_field(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
