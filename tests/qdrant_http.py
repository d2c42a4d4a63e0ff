"""A Qdrant server for tests: the addresses that `rag.search.server` calls, on a real port, answered by the engine that
qdrant-client carries for its local mode. FOLIO_QDRANT_URL names a real server instead."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

from fastapi import FastAPI, HTTPException
from qdrant_client import QdrantClient
from qdrant_client.http import models as m

from tests.api_server import serving

Answer = dict[str, Any]


@contextmanager
def qdrant_server() -> Iterator[str]:
    """Its address. What was stored goes with it."""
    with closing(QdrantClient(":memory:")) as engine, serving(_door(engine)) as address:
        yield address


def _answer(result: object) -> Answer:
    return {"result": result, "status": "ok", "time": 0.0}


def _door(engine: QdrantClient) -> FastAPI:
    """One request at a time: the local engine is not made for threads."""
    door, turn = FastAPI(openapi_url=None), threading.Lock()
    _collections(door, engine, turn)
    _points(door, engine, turn)
    return door


def _collections(door: FastAPI, engine: QdrantClient, turn: threading.Lock) -> None:
    @door.get("/collections")
    def every() -> Answer:
        with turn:
            return _answer(engine.get_collections().model_dump(mode="json"))

    @door.get("/collections/{name}/exists")
    def exists(name: str) -> Answer:
        with turn:
            return _answer({"exists": engine.collection_exists(name)})

    @door.get("/collections/{name}")
    def one(name: str) -> Answer:
        with turn:
            return _answer(engine.get_collection(name).model_dump(mode="json"))

    @door.put("/collections/{name}")
    def create(name: str, wanted: m.CreateCollection) -> Answer:
        with turn:
            if engine.collection_exists(name):
                raise HTTPException(409, "The collection exists already.")
            vectors: Any = wanted.vectors or {}
            return _answer(engine.create_collection(name, vectors, wanted.sparse_vectors))

    @door.delete("/collections/{name}")
    def delete(name: str) -> Answer:
        with turn:
            return _answer(engine.delete_collection(name))

    @door.put("/collections/{name}/index")
    def index(name: str, wanted: m.CreateFieldIndex) -> Answer:
        with turn, warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Payload indexes have no effect")
            return _done(engine.create_payload_index(name, wanted.field_name, wanted.field_schema))


def _points(door: FastAPI, engine: QdrantClient, turn: threading.Lock) -> None:
    @door.put("/collections/{name}/points")
    def upsert(name: str, wanted: m.PointsList) -> Answer:
        with turn:
            return _done(engine.upsert(name, wanted.points, update_mode=wanted.update_mode))

    @door.put("/collections/{name}/points/vectors")
    def vectors(name: str, wanted: m.UpdateVectors) -> Answer:
        with turn:
            return _done(engine.update_vectors(name, wanted.points))

    @door.post("/collections/{name}/points/query/batch")
    def query(name: str, wanted: m.QueryRequestBatch) -> Answer:
        with turn:
            found = engine.query_batch_points(name, wanted.searches)
            return _answer([answer.model_dump(mode="json") for answer in found])

    @door.post("/collections/{name}/points/delete")
    def delete(name: str, wanted: m.FilterSelector) -> Answer:
        with turn:
            return _done(engine.delete(name, wanted))

    @door.post("/collections/{name}/points/count")
    def count(name: str, wanted: m.CountRequest) -> Answer:
        with turn:
            return _answer({"count": engine.count(name, wanted.filter, exact=True).count})

    @door.post("/collections/{name}/facet")
    def facet(name: str, wanted: m.FacetRequest) -> Answer:
        with turn:
            found = engine.facet(name, wanted.key, wanted.filter, limit=wanted.limit or 10, exact=True)
            return _answer(found.model_dump(mode="json"))


def _done(update: m.UpdateResult) -> Answer:
    return _answer(update.model_dump(mode="json"))
