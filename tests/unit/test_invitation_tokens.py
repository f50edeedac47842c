"""Tokens cannot be guessed, are the same each time, and differ for every invitation and secret."""

import hashlib
import math
import re

from feedback_app.database import random_id
from feedback_app.invitations.tokens import token_for, token_hash
from feedback_app.keys import derive
from tests.databases import SECRET


def test_a_token_has_at_least_128_bits_and_fits_in_an_address() -> None:
    token = token_for(SECRET, random_id())
    assert re.fullmatch(r"[A-Za-z0-9_-]+", token)
    assert len(token) * math.log2(64) >= 128


def test_the_same_invitation_gives_the_same_token() -> None:
    invitation = random_id()
    assert token_for(SECRET, invitation) == token_for(SECRET, invitation)


def test_each_invitation_and_each_secret_gives_another_token() -> None:
    ids = [random_id() for _ in range(2000)]
    tokens = {token_for(secret, one) for one in ids for secret in (SECRET, SECRET[::-1])}
    assert len(tokens) == 4000


def test_tokens_use_every_sign_at_every_place_but_the_hash_alone_gives_nothing_away() -> None:
    tokens = [token_for(SECRET, random_id()) for _ in range(3000)]
    assert all(len(set(place)) > 60 for place in zip(*tokens, strict=True))
    assert token_hash(tokens[0]) == hashlib.sha256(tokens[0].encode()).hexdigest()


def test_any_text_from_an_address_can_be_hashed() -> None:
    assert len(token_hash("سلام\udcff")) == 64


def test_each_purpose_has_its_own_key() -> None:
    keys = {derive(SECRET, purpose) for purpose in ("invitation-token", "trajectory-ref", "contact")}
    assert len(keys) == 3
    assert all(len(key) == 32 for key in keys)
