"""Passkeys (WebAuthn) for Flask-Security: one proves that its owner has it and is there.

They are asked to verify who holds them (by a finger, a face, a PIN), so that a passkey alone is two
factors and takes the place of the password and the code.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from flask_security import UserDatastore, WebAuthnMixin
from flask_security.forms import RequiredLocalize
from flask_security.webauthn import WebAuthnRegisterForm
from flask_security.webauthn_util import WebauthnUtil
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)
from wtforms import RadioField, StringField

from mediacatalog.catalog import passkeys
from mediacatalog.web.services import services
from mediacatalog.web.tongue import marked

if TYPE_CHECKING:
    from datetime import datetime

    from flask_security import UserMixin

MESSAGES = {
    "WEBAUTHN_NAME_REQUIRED": marked("Give it a name."),
    "WEBAUTHN_NAME_INUSE": marked("You have a passkey of this name."),
    "WEBAUTHN_NAME_NOT_FOUND": marked("You have no passkey of this name."),
    "WEBAUTHN_NAME_DISALLOWED_CHARACTERS": marked("A name has letters, digits and spaces."),
    "WEBAUTHN_CREDENTIAL_DELETED": marked("That passkey opens nothing any more."),
    "WEBAUTHN_REGISTER_SUCCESSFUL": marked("You can sign in with this passkey from now on."),
    "WEBAUTHN_CREDENTIAL_ID_INUSE": marked("This passkey is known already."),
    "WEBAUTHN_UNKNOWN_CREDENTIAL_ID": marked("This passkey isn't known here."),
    "WEBAUTHN_ORPHAN_CREDENTIAL_ID": marked("This passkey isn't known here."),
    "WEBAUTHN_MISMATCH_USER_HANDLE": marked("This passkey isn't known here."),
    "WEBAUTHN_CREDENTIAL_WRONG_USAGE": marked("This passkey isn't known here."),
    "WEBAUTHN_NO_VERIFY": marked("The passkey didn't prove who you are."),
    "WEBAUTHN_EXPIRED": marked("That took too long; begin again."),
}
SETTINGS: dict[str, object] = {
    "WEBAUTHN": True,
    "WAN_RP_NAME": "mediacatalog",
    "WAN_ALLOW_AS_FIRST_FACTOR": True,
    "WAN_ALLOW_AS_MULTI_FACTOR": True,
    "WAN_ALLOW_USER_HINTS": False,
    "WAN_ALLOW_AS_VERIFY": None,  # whoever changes how they sign in gives their password
    "WAN_POST_REGISTER_VIEW": "account.show",
    "WAN_REGISTER_URL": "/passkeys",
    "WAN_SIGNIN_URL": "/passkey",
    "WAN_DELETE_URL": "/passkeys/remove",
    "WAN_REGISTER_TEMPLATE": "account/passkeys.html",
    "WAN_SIGNIN_TEMPLATE": "account/passkey.html",
}


class Credential(WebAuthnMixin):
    """A passkey as Flask-Security sees it: a copy, which `PasskeyStore.put` writes back."""

    usage = "first"
    extensions = None
    id = ""  # type: ignore[assignment]

    def __init__(self, key: passkeys.Key) -> None:
        self.id, self.account_id, self.name = key.id, key.account_id, key.name
        self.credential_id, self.public_key = key.credential_id, key.public_key
        self.sign_count, self.transports = key.sign_count, list(key.transports)
        self.lastuse_datetime: datetime = key.used_at or key.created_at
        self.backup_state, self.device_type = False, ""


def of(account_id: str) -> list[Credential]:
    with services().catalogue.reading() as reading:
        return [Credential(key) for key in passkeys.of_account(reading, account_id)]


class PasskeyStore(UserDatastore):
    """What a datastore of Flask-Security must know of passkeys."""

    def find_webauthn(self, credential_id: bytes) -> Credential | None:
        with services().catalogue.reading() as reading:
            key = passkeys.find(reading, credential_id)
        return None if key is None else Credential(key)

    def create_webauthn(  # type: ignore[override]
        self,
        user: Any,  # noqa: ANN401 - a `Person`
        name: str,
        credential_id: bytes,
        **told: Any,  # noqa: ANN401 - what the authenticator tells
    ) -> None:
        with services().catalogue.writing() as writing:
            passkeys.add(
                writing,
                user.id,
                name,
                credential_id=credential_id,
                public_key=told["public_key"],
                sign_count=told["sign_count"],
                transports=[str(getattr(one, "value", one)) for one in told["transports"]],
            )

    def delete_webauthn(self, webauthn: WebAuthnMixin) -> None:
        with services().catalogue.writing() as writing:
            passkeys.remove(writing, cast("Credential", webauthn).id)

    @staticmethod
    def put_credential(used: Credential) -> None:
        with services().catalogue.writing() as writing:
            passkeys.was_used(writing, used.id, used.sign_count)


class Verified(WebauthnUtil):
    """Keys that live in an authenticator which verifies its owner, of whatever make."""

    def authenticator_selection(
        self, user: UserMixin, usage: str
    ) -> AuthenticatorSelectionCriteria:
        del user, usage
        return AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        )

    def user_verification(
        self, user: UserMixin | None, usage: list[str]
    ) -> UserVerificationRequirement:
        del user, usage
        return UserVerificationRequirement.REQUIRED


class PasskeyForm(WebAuthnRegisterForm):
    """A name; each passkey stands for the password and the code."""

    name = StringField("name", validators=[RequiredLocalize(message="WEBAUTHN_NAME_REQUIRED")])
    usage = RadioField(choices=[("first", "first")], default="first")
