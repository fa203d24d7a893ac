"""A Flask program with the real Flask-Session: what it reads and writes, over HTTP."""
import datetime
import json
import os
import uuid

import redis
from flask import Flask, request, session
from flask_session import Session

app = Flask(__name__)
app.config.update(
    SECRET_KEY=os.environ["SECRET_KEY"],
    SESSION_TYPE="redis",
    SESSION_REDIS=redis.Redis(port=int(os.environ["REDIS_PORT"])),
    SESSION_SERIALIZATION_FORMAT=os.environ["FORMAT"],
    SESSION_USE_SIGNER=os.environ["SIGNER"] == "1",
    SESSION_PERMANENT=os.environ["PERMANENT"] == "1",
)
Session(app)


@app.post("/set")
def set_values():
    session.update(request.get_json())
    return "ok"


@app.post("/types")
def types():
    session["float"] = 1.0
    session["big"] = 2**60
    session["bytes"] = b"\x00\xff"
    session["when"] = datetime.datetime(2024, 2, 29, 12, tzinfo=datetime.timezone.utc)
    session["id"] = uuid.UUID(int=7)
    session["list"] = [1, "ü", None, {"a": True}]
    return "ok"


@app.get("/get")
def get_values():
    return json.dumps({k: [type(v).__name__, str(v)] for k, v in session.items()}, sort_keys=True)


@app.post("/logout")
def logout():
    session.clear()
    return "ok"


if __name__ == "__main__":
    from werkzeug.serving import make_server

    server = make_server("127.0.0.1", 0, app)
    print(f"ready {server.server_port}", flush=True)
    server.serve_forever()
