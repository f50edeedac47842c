"""what the contact list is searched by: names, addresses and numbers without capitals and accents.

Stands alone: imports nothing of the application, whose models may have moved on.
"""

import unicodedata
from collections.abc import Callable, Iterable

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_CHUNK = 500
_Fold = Callable[..., str]


def upgrade() -> None:
    for table, columns, folded in (
        ("partners", ("name", "kbo", "email"), _organisation),
        ("partner_contacts", ("name", "function", "email", "phone"), _person),
    ):
        op.add_column(table, sa.Column("folded", sa.Text(), server_default=sa.text("''"), nullable=False))
        _fill(table, columns, folded)


def downgrade() -> None:
    for table in ("partner_contacts", "partners"):
        op.drop_column(table, "folded")


def _fill(table: str, columns: Iterable[str], folded: _Fold) -> None:
    """Fold what is there, some rows at a time, in the order of their keys."""
    bind, last = op.get_bind(), ""
    rows = sa.table(table, *(sa.column(name, sa.Text()) for name in ("id", "folded", *columns)))
    given = [rows.c[name] for name in columns]
    change = sa.update(rows).where(rows.c.id == sa.bindparam("key")).values(folded=sa.bindparam("text"))
    while True:
        part = bind.execute(
            sa.select(rows.c.id, *given).where(rows.c.id > last).order_by(rows.c.id).limit(_CHUNK)
        ).all()
        if not part:
            return
        bind.execute(change, [{"key": key, "text": folded(*values)} for key, *values in part])
        last = part[-1][0]


def _organisation(name: str, kbo: str | None, email: str | None) -> str:
    return _plain(name, email, kbo)


def _person(name: str, function: str, email: str | None, phone: str | None) -> str:
    if not name:
        return ""
    abroad = f"00{phone[1:]}" if phone else ""
    national = f"0{phone[3:]}" if phone and phone.startswith("+32") else ""
    return _plain(name, function, email, abroad, national)


def _plain(*texts: str | None) -> str:
    apart = unicodedata.normalize("NFKD", " ".join(filter(None, texts)).casefold())
    bare = "".join(sign for sign in apart if not unicodedata.combining(sign)).replace("’", "'")
    return " ".join(bare.casefold().split())
