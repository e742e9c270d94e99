"""Verifies and signs tokens with PyJWT, as another service would. Reads one request as JSON, writes one answer as JSON."""

import json
import sys

import jwt

request = json.load(sys.stdin)

if request["do"] == "verify":
    token = request["token"]
    if "jwks" in request:
        key = jwt.PyJWKClient(request["jwks"]).get_signing_key_from_jwt(token).key
    else:
        key = request["secret"]
    try:
        answer = jwt.decode(
            token,
            key,
            algorithms=[request["alg"]],
            issuer=request["issuer"],
            audience=request["audience"],
            options={"require": ["exp", "iat", "sub", "iss", "aud", "jti"]},
        )
    except jwt.InvalidTokenError as error:
        answer = {"refused": type(error).__name__}
else:
    answer = jwt.encode(request["claims"], request["key"], request["alg"], headers=request["headers"])

json.dump(answer, sys.stdout)
