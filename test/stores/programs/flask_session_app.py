"""A real Flask with the real Flask-Session beside the tests: it runs the lines that a test posts to it.

Configured by the environment: SECRET_KEY, REDIS_PORT, FORMAT, SIGNER, PERMANENT, LIFETIME (seconds).
Serves on a free port of this machine alone, and says which.
"""

import datetime
import decimal
import json
import os
import pickle
import uuid

import msgspec
import redis
from flask import Flask, request, session
from flask_session import Session
from markupsafe import Markup

app = Flask(__name__)
app.config.update(
    SECRET_KEY=os.environ['SECRET_KEY'],
    SESSION_TYPE='redis',
    SESSION_REDIS=redis.Redis(port=int(os.environ['REDIS_PORT'])),
    SESSION_SERIALIZATION_FORMAT=os.environ['FORMAT'],
    SESSION_USE_SIGNER=os.environ['SIGNER'] == '1',
    SESSION_PERMANENT=os.environ['PERMANENT'] == '1',
    PERMANENT_SESSION_LIFETIME=datetime.timedelta(seconds=float(os.environ['LIFETIME'])),
)
Session(app)


def shown():
    """Each value with its type, but for what the library keeps beside."""
    return {key: repr(value) for key, value in session.items() if key != '_sojourn'}


@app.post('/run')
def run():
    scope = {
        **{module.__name__: module for module in (datetime, decimal, msgspec, pickle, uuid)},
        **{'Markup': Markup, 'app': app, 'session': session, 'shown': shown, 'answer': None},
    }
    exec(request.get_data(as_text=True), scope)
    return app.response_class(json.dumps(scope['answer']), mimetype='application/json')


if __name__ == '__main__':
    from werkzeug.serving import make_server

    server = make_server('127.0.0.1', 0, app, threaded=True)
    print(f'ready {server.server_port}', flush=True)
    server.serve_forever()
