"""Verifies and signs tokens with PyJWT, as another service would. Each line is a request in JSON, answered by a line in JSON."""

import json
import sys

import jwt


def verify(request):
    token = request["token"]
    if "jwks" in request:
        key = jwt.PyJWKClient(request["jwks"]).get_signing_key_from_jwt(token).key
    else:
        key = request["secret"]
    try:
        return jwt.decode(
            token,
            key,
            algorithms=[request["alg"]],
            issuer=request["issuer"],
            audience=request["audience"],
            options={"require": ["exp", "iat", "sub", "iss", "aud", "jti"]},
        )
    except jwt.InvalidTokenError as error:
        return {"refused": type(error).__name__}


def sign(request):
    return jwt.encode(request["claims"], request["key"], request["alg"], headers=request["headers"])


for line in sys.stdin:
    request = json.loads(line)
    print(json.dumps(verify(request) if request["do"] == "verify" else sign(request)), flush=True)
