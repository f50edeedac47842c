"""The second step of signing in: codes of an app on the phone (TOTP, RFC 6238) and recovery codes.

The app's secret is sealed with our key; of recovery codes only a keyed hash is kept. Every code works once.
"""

import hashlib
import hmac
import secrets
import time

import pyotp
import sqlalchemy as sa
from markupsafe import Markup
from sqlalchemy.orm import Session

from feedback_app.keys import derive, seal, unseal
from feedback_app.staff.audit import record
from feedback_app.staff.models import Account, RecoveryCode, SecondFactor

STEP_SECONDS = 30
RECOVERY_CODES = 10
_ISSUER = "Feedback na trajecten"
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that look alike
_PURPOSE = "second factor"


class CodeRefused(Exception):
    """The code does not fit, or it was used before: not told which."""


def new_secret() -> str:
    """A secret for an app: 160 random bits in base 32, as apps take it by hand."""
    return pyotp.random_base32()


def address_for_app(secret: str, email: str) -> str:
    """The `otpauth:` address that an app reads from the picture."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=_ISSUER)


def picture(address: str) -> Markup:
    """The address as a QR code to put in a page, black on white in the dark as well."""
    import segno  # a page that few open, once

    code = segno.make(address, error="m", micro=False)
    drawn: str = code.svg_inline(border=4, omitsize=True, light="#fff", svgclass="qr", lineclass=None)
    return Markup(drawn)  # noqa: S704 - drawn by segno: paths, nothing of what was typed


def has_factor(session: Session, account: Account) -> bool:
    """Whether signing in asks this account for a second step."""
    return session.get(SecondFactor, account.id) is not None


def set_factor(session: Session, secret_key: str, account: Account, secret: str, code: str) -> list[str]:
    """Take an app into use that just showed this code, in the place of one before; commits.

    Gives the recovery codes, which nobody can show again; raises CodeRefused.
    """
    step = matching_step(secret, code)
    if step is None:
        raise CodeRefused
    sealed = seal(secret_key, _PURPOSE, secret.encode("ascii"))
    session.merge(SecondFactor(account_id=account.id, secret_sealed=sealed, last_step=step))
    codes = _new_codes(session, secret_key, account)
    record(session, "account.second_factor_set", account=account, subject=f"account:{account.id}")
    session.commit()
    return codes


def renew_codes(session: Session, secret_key: str, account: Account) -> list[str]:
    """New recovery codes; those from before work no more. Commits."""
    codes = _new_codes(session, secret_key, account)
    record(session, "account.recovery_codes_renewed", account=account, subject=f"account:{account.id}")
    session.commit()
    return codes


def use_code(session: Session, secret_key: str, account: Account, code: str) -> str:
    """Use up a code of the app or a recovery code; says which it was (`app`, `recovery`) and commits.

    Raises CodeRefused. Two browsers with the same code at the same moment: one gets in.
    """
    given = "".join(code.split()).replace("-", "").lower()
    mine = session.get(SecondFactor, account.id)
    secret = unseal(secret_key, _PURPOSE, mine.secret_sealed).decode("ascii") if mine else new_secret()
    step = matching_step(secret, given)
    used_app = session.execute(
        sa.update(SecondFactor)
        .where(SecondFactor.account_id == account.id, SecondFactor.last_step < (step or 0))
        .values(last_step=step or 0)
        .returning(SecondFactor.account_id)
        .execution_options(synchronize_session=False)
    ).all()
    used_recovery = session.execute(
        sa.delete(RecoveryCode)
        .where(RecoveryCode.account_id == account.id, RecoveryCode.code_hash == _hash(secret_key, given))
        .returning(RecoveryCode.code_hash)
        .execution_options(synchronize_session=False)
    ).all()
    if used_recovery and mine:
        record(session, "account.recovery_code_used", account=account, left=codes_left(session, account))
    session.commit()
    if mine is None or not (used_app or used_recovery):
        raise CodeRefused
    return "app" if used_app else "recovery"


def codes_left(session: Session, account: Account) -> int:
    """How many recovery codes still work."""
    counted = sa.select(sa.func.count()).select_from(RecoveryCode)
    return session.scalar(counted.where(RecoveryCode.account_id == account.id)) or 0


def clear_factor(session: Session, by: Account | None, account: Account) -> None:
    """Forget the app and the recovery codes of somebody who lost the phone; commits."""
    mine = SecondFactor.account_id == account.id
    session.execute(sa.delete(RecoveryCode).where(RecoveryCode.account_id == account.id))
    if session.execute(sa.delete(SecondFactor).where(mine).returning(SecondFactor.account_id)).all():
        record(session, "account.second_factor_cleared", account=by, subject=f"account:{account.id}")
    session.commit()


def matching_step(secret: str, code: str) -> int | None:
    """The half minute this code belongs to: now, or the one before or after; None when it fits none."""
    given = "".join(code.split())
    here = int(time.time()) // STEP_SECONDS
    app, found = pyotp.TOTP(secret), None
    for step in (here - 1, here, here + 1):  # all three, whichever fits
        if hmac.compare_digest(app.at(step * STEP_SECONDS).encode(), given.encode()):
            found = step
    return found


def _new_codes(session: Session, secret_key: str, account: Account) -> list[str]:
    session.execute(sa.delete(RecoveryCode).where(RecoveryCode.account_id == account.id))
    codes = ["".join(secrets.choice(_LETTERS) for _ in range(12)) for _ in range(RECOVERY_CODES)]
    session.add_all(RecoveryCode(code_hash=_hash(secret_key, one), account_id=account.id) for one in codes)
    return [f"{one[:4]}-{one[4:8]}-{one[8:]}" for one in codes]


def _hash(secret_key: str, code: str) -> str:
    return hmac.new(derive(secret_key, "recovery code"), code.encode(), hashlib.sha256).hexdigest()
