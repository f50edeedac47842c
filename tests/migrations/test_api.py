"""The migration of the API: tokens come and go beside accounts in use."""

import pytest
import sqlalchemy as sa

from feedback_app import schema
from feedback_app.api.hook_models import Webhook, WebhookDelivery
from feedback_app.api.models import ApiRequest, ApiToken, ApiWindow
from feedback_app.database import now, today
from feedback_app.staff.models import Account
from tests.programs import token_of
from tests.world import World

BEFORE = "0024"


def test_tokens_come_and_go_and_accounts_stay(world: World) -> None:
    token_of(world.app, "lezer")
    with world.session() as session:
        token = session.scalars(sa.select(ApiToken)).one()
        session.add(ApiWindow(token_id=token.id, begins_at=now(), requests=1))
        session.add(ApiRequest(token_id=token.id, key_hash="0" * 64, fingerprint="1" * 64))
        told = {"url": "https://voorbeeld.example/", "events": ["wave.closed"], "secret_sealed": "verzegeld"}
        hook = Webhook(account_id=token.account_id, made_on=today(), seen=0, **told)
        session.add(hook)
        session.flush()
        session.add(WebhookDelivery(webhook_id=hook.id, sequence=1, event="wave.closed", payload={}))
        session.commit()
        with pytest.raises(sa.exc.IntegrityError):
            session.execute(sa.update(Webhook).values(state="weg"))
        session.rollback()
    with world.app.app_context():
        assert schema.differences() == []
        schema.downgrade(BEFORE)
        schema.upgrade()
        assert schema.differences() == []
    token_of(world.app, "lezer")
    with world.session() as session:
        assert len(session.scalars(sa.select(Account)).all()) == 1
        wrong = {"expires_on": sa.text("'2000-01-01'")}, {"ended_why": "owner"}, {"token_hash": "kort"}
        for values in (*wrong, {"role": "baas"}):
            with pytest.raises(sa.exc.IntegrityError):
                session.execute(sa.update(ApiToken).values(**values))
            session.rollback()
