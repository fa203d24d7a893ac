"""A real Flask beside the tests: routes that set, describe and hand on a typed session.

Configured by the environment: SECRET_KEY, SECRET_KEY_FALLBACKS (JSON), LIFETIME (seconds). POST
/control changes the configuration and sets the clock. Run as a program it serves on PORT with
Werkzeug; gunicorn takes `flask_app:app`.
"""

import importlib.metadata
import json
import math
import os
import struct
import time
import uuid
from datetime import datetime, timedelta, timezone

from flask import Flask, flash, get_flashed_messages, jsonify, redirect, request, session
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import TimestampSigner, URLSafeTimedSerializer
from markupsafe import Markup

clock = {'now': None}


def now():
    return time.time() if clock['now'] is None else clock['now']


# What itsdangerous signs with and judges ages by.
TimestampSigner.get_timestamp = lambda self: int(now())


class Sessions(SecureCookieSessionInterface):
    def get_expiration_time(self, app, session):
        if not session.permanent:
            return None
        return datetime.fromtimestamp(now(), timezone.utc) + app.permanent_session_lifetime


class SessionsWithFallbacks(Sessions):
    """What Flask 3.1 added, for a Flask that is older."""

    def get_signing_serializer(self, app):
        return URLSafeTimedSerializer(
            [*app.config['SECRET_KEY_FALLBACKS'], app.secret_key],
            salt=self.salt,
            serializer=self.serializer,
            signer_kwargs={'key_derivation': self.key_derivation, 'digest_method': self.digest_method},
        )


version = tuple(int(part) for part in importlib.metadata.version('flask').split('.')[:2])

app = Flask(__name__)
app.session_interface = Sessions() if version >= (3, 1) else SessionsWithFallbacks()
app.secret_key = os.environ.get('SECRET_KEY', 'secret123')
app.config['SECRET_KEY_FALLBACKS'] = json.loads(os.environ.get('SECRET_KEY_FALLBACKS', '[]'))
app.permanent_session_lifetime = timedelta(seconds=float(os.environ.get('LIFETIME', '2678400')))

NEPHEWS = [f'Tick, Trick and Track, number {number}' for number in range(40)]

CASES = {
    'tuples': (1, (2, ()), [3, (4,)]),
    'dates': [
        datetime(2024, 2, 29, 12, 34, 56, tzinfo=timezone.utc),
        datetime(1969, 12, 31, 23, 59, 59, tzinfo=timezone.utc),
        datetime(9999, 12, 31, 23, 59, 59, tzinfo=timezone.utc),
    ],
    'bytes': [b'', bytes(range(256))],
    'uuids': {'id': uuid.UUID('12345678-9abc-def0-1234-56789abcdef0')},
    'markup': [Markup('<b>R&amp;D</b>'), '<b>R&D</b>'],
    'big integers': [2**53 - 1, 2**53, -(2**63), 10**40],
    'floats': [0.5, 1.0, -0.0, 1e16, 1e-7, 1.7976931348623157e308, 5e-324, 0.1 + 0.2],
    'not finite': [math.nan, math.inf, -math.inf],
    'unicode': {'käse': 'Füße, 日本語, \U0001f9c0', '\uff5e': 1, '\U0001f600': 2, '': '\x7f\u2028'},
    'lone surrogates': ['\ud800', '\udc00x'],
    'plain': [None, True, False, 0, '', [], {}],
    'tag names': [{' t': [1]}, {' di': {' t': 1}}, {' t': 1, ' b': 2}, {'__proto__': {'a': 1}}],
    'three kilobytes': {'names': NEPHEWS, 'pairs': [(name, len(name)) for name in NEPHEWS]},
}


def describe(value):
    """A value with its type, in plain JSON, the same on either side."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return {'int': str(value)}
    if isinstance(value, float):
        return {'float': struct.pack('>d', value).hex()}
    if isinstance(value, Markup):
        return {'markup': str(value)}
    if isinstance(value, str):
        return {'str': value}
    if isinstance(value, bytes):
        return {'bytes': value.hex()}
    if isinstance(value, uuid.UUID):
        return {'uuid': str(value)}
    if isinstance(value, datetime):
        return {'datetime': int(value.timestamp())}
    if isinstance(value, tuple):
        return {'tuple': [describe(item) for item in value]}
    if isinstance(value, list):
        return {'list': [describe(item) for item in value]}
    return {'dict': sorted([key, describe(item)] for key, item in value.items())}


def described(value):
    # As text in the body, since lone surrogates do not survive a UTF-8 encoder.
    return app.response_class(json.dumps(describe(value)), mimetype='application/json')


@app.post('/control')
def control():
    change = request.get_json()
    clock['now'] = change.get('now', clock['now'])
    if 'secretKey' in change:
        app.secret_key = change['secretKey']
    if 'fallbacks' in change:
        app.config['SECRET_KEY_FALLBACKS'] = change['fallbacks']
    if 'lifetime' in change:
        app.permanent_session_lifetime = timedelta(seconds=change['lifetime'])
    return jsonify(ok=True)


@app.get('/cases')
def cases():
    return jsonify(sorted(CASES))


@app.get('/expected/<case>')
def expected(case):
    return described(CASES[case])


@app.get('/set/<case>')
def set_case(case):
    session.permanent = True
    session['value'] = CASES[case]
    return 'set'


@app.get('/describe')
def describe_value():
    return described(session.get('value'))


@app.get('/touch')
def touch():
    session['touched'] = session.get('touched', 0) + 1
    return str(session['touched'])


@app.get('/untouched')
def untouched():
    return 'a page that does not ask for its session'


@app.get('/flash')
def flash_two():
    flash('saved: käse')
    flash(Markup('<b>not</b> saved'), 'error')
    return 'flashed'


@app.get('/flashes')
def flashes():
    return described([list(pair) for pair in get_flashed_messages(with_categories=True)])


@app.get('/clear')
def clear():
    session.clear()
    return 'cleared'


@app.get('/elsewhere')
def elsewhere():
    session['moved'] = True
    return redirect('/untouched')


@app.get('/fails')
def fails():
    session['before'] = True
    raise RuntimeError('on purpose')


# The program of the lesson; the test says who, for how long, and whether permanently.
@app.get('/')
def index():
    session.permanent = os.environ.get('PERMANENT', 'yes') == 'yes'
    session['username'] = os.environ.get('USERNAME_SET', 'Bob')
    return os.environ.get('GREETING', 'Session started for Bob with 10 seconds lifetime.')


@app.get('/check')
def check():
    return f"Current session user: {session.get('username', 'No active session')}"


if __name__ == '__main__':
    from werkzeug.serving import make_server

    make_server('127.0.0.1', int(os.environ['PORT']), app, threaded=True).serve_forever()
