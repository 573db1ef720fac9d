"""The people who work here: reviewers and admins. Customers have no account."""

from __future__ import annotations

from enum import StrEnum

from flask_security import AsaList, RoleMixin, SQLAlchemyUserDatastore, UserMixin
from sqlalchemy import Enum, String
from sqlalchemy.ext.mutable import MutableList
from sqlalchemy.orm import Mapped, mapped_column

from portal.extensions import Base, db


class Role(StrEnum):
    """What a person may do; an admin may do all that a reviewer may."""

    REVIEWER = "reviewer"
    ADMIN = "admin"


class HeldRole(RoleMixin):  # type: ignore[misc]
    """A role in the form in which Flask-Security reads it; there is no table of roles."""

    def __init__(self, role: Role) -> None:
        self.name = str(role)
        self.permissions: list[str] = []


class Reviewer(Base, UserMixin):  # type: ignore[misc]  # Flask's extensions are untyped
    """A person who decides claims; signs in with a password and a second factor."""

    __tablename__ = "reviewers"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(255), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    role: Mapped[Role] = mapped_column(
        Enum(Role, native_enum=False, length=20), default=Role.REVIEWER
    )
    may_pay: Mapped[bool] = mapped_column(default=False)
    password: Mapped[str | None] = mapped_column(String(255))
    active: Mapped[bool] = mapped_column(default=True)
    fs_uniquifier: Mapped[str] = mapped_column(String(64), unique=True)
    tf_primary_method: Mapped[str | None] = mapped_column(String(64))
    tf_totp_secret: Mapped[str | None] = mapped_column(String(255))
    tf_last_counter: Mapped[int | None] = mapped_column()
    mf_recovery_codes: Mapped[list[str] | None] = mapped_column(MutableList.as_mutable(AsaList()))

    @property
    def roles(self) -> list[HeldRole]:
        """The roles held: an admin is a reviewer too."""
        held = [Role.REVIEWER, Role.ADMIN] if self.role is Role.ADMIN else [Role.REVIEWER]
        return [HeldRole(role) for role in held]


datastore = SQLAlchemyUserDatastore(db, Reviewer, None)
