"""Signing in: Flask-Security over the accounts of the catalogue, with pages of our own.

Flask-Security checks passwords, codes of an authenticator and recovery codes. Which browsers are
signed in stands in the catalogue, so that each can be signed out from elsewhere and at once.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import io
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

import qrcode
from flask import abort, current_app, g, render_template, request, session
from flask_login import user_logged_out
from flask_security import RoleMixin, Security, UserMixin, WebAuthnMixin
from flask_security.babel import FsDomain
from flask_security.forms import LoginForm
from flask_security.signals import user_authenticated
from flask_security.totp import Totp
from qrcode.image.svg import SvgPathImage
from wtforms import StringField
from wtforms.validators import DataRequired

from mediacatalog.catalog import accounts, throttle
from mediacatalog.catalog.accounts import ADMIN, Viewer
from mediacatalog.catalog.changes import LOCAL
from mediacatalog.web import bearers, exposure, passkeys, tongue
from mediacatalog.web.services import services
from mediacatalog.web.tongue import marked

if TYPE_CHECKING:
    from flask import Flask, Response
    from passlib.totp import TotpMatch
    from werkzeug.wrappers import Response as BaseResponse

    from mediacatalog.catalog.tokens import Token
    from mediacatalog.settings import Settings

TRIED = frozenset(
    {
        "security.login",
        "security.verify",
        "security.change_password",
        "security.two_factor_token_validation",
        "security.two_factor_setup_validate",
        "security.mf_recovery",
    }
)
"""Where a password or a code is tried."""
CHECKED_SECONDS = 1.0
"""A machine without accounts looks so often whether there is one now."""
FRESH = timedelta(minutes=15)
"""Who changes how they sign in gave their password within this time."""
RECOVERY_CODES = 10
ADDRESS_KEPT = 64


NEEDED = marked("This is needed.")
MESSAGES = {
    "GENERIC_AUTHN_FAILED": marked("The name or the password is wrong."),
    "INVALID_PASSWORD": marked("That isn't the password."),
    "PASSWORD_NOT_PROVIDED": NEEDED,
    "RETYPE_PASSWORD_MISMATCH": marked("The two aren't the same."),
    "PASSWORD_IS_THE_SAME": marked("That is the password that you have."),
    "PASSWORD_INVALID_LENGTH": marked("It has at least %(length)s characters."),
    "PASSWORD_CHANGE": marked("You have a new password; every other browser was signed out."),
    "TWO_FACTOR_INVALID_TOKEN": marked("That isn't the code now."),
    "INVALID_RECOVERY_CODE": marked("That is none of your recovery codes."),
    "TWO_FACTOR_LOGIN_SUCCESSFUL": marked("You are signed in."),
    "TWO_FACTOR_CHANGE_METHOD_SUCCESSFUL": marked(
        "Signing in takes a code from now on. Make recovery codes, for when the authenticator is "
        "lost."
    ),
    "TWO_FACTOR_DISABLED": marked("Signing in takes no code any more."),
    "TWO_FACTOR_SETUP_EXPIRED": marked("That took too long; begin again."),
    "TWO_FACTOR_PERMISSION_DENIED": marked("Begin with your name and password."),
    "REAUTHENTICATION_REQUIRED": marked("Give your password once more."),
    "REAUTHENTICATION_SUCCESSFUL": marked("Thank you."),
    "UNAUTHENTICATED": marked("Sign in first."),
    "ANONYMOUS_USER_REQUIRED": marked("You are signed in already."),
    "API_ERROR": marked("That took too long; begin again."),
}
"""What Flask-Security says on our pages, in our words."""


class Person(UserMixin):
    """An account as Flask-Security sees it: a copy, which `AccountStore.put` writes back."""

    id = ""  # type: ignore[assignment]
    name = ""
    role = ""
    active = False
    password: str | None = None
    fs_uniquifier = ""
    email = ""
    tf_primary_method: str | None = None
    tf_totp_secret: str | None = None
    tf_phone_number: str | None = None
    totp_counter: int | None = None
    mf_recovery_codes: list[str] | None = None
    roles = []  # noqa: RUF012 - `rights` knows roles; nobody adds any here

    def __init__(self, facts: dict[str, Any]) -> None:
        for name in ("id", "name", "role", "active", "password", "totp_counter"):
            setattr(self, name, facts[name])
        self.fs_uniquifier = facts["uniquifier"]
        self.tf_primary_method = facts["second_factor"]
        self.tf_totp_secret = facts["totp_secret"]
        codes = facts["recovery_codes"]
        self.mf_recovery_codes = list(codes) if codes else None

    @property
    def fs_webauthn_user_handle(self) -> str:  # type: ignore[override]
        """By which an authenticator knows whose key it is: it says nothing of the person."""
        return self.id

    @property
    def webauthn(self) -> list[WebAuthnMixin]:  # type: ignore[override]
        return [*passkeys.of(self.id)]

    @property
    def kept(self) -> dict[str, Any]:
        """As `accounts.keep` takes it."""
        return {
            "password": self.password,
            "uniquifier": self.fs_uniquifier,
            "second_factor": self.tf_primary_method,
            "totp_secret": self.tf_totp_secret,
            "totp_counter": self.totp_counter,
            "recovery_codes": self.mf_recovery_codes,
        }


class AccountStore(passkeys.PasskeyStore):
    """Finds accounts and keeps what people change of their own."""

    def __init__(self) -> None:
        super().__init__(Person, RoleMixin, passkeys.Credential)

    def find_user(self, case_insensitive: bool = False, **asked: Any) -> Person | None:  # noqa: ANN401, FBT001, FBT002 - Flask-Security's own
        del case_insensitive
        if "fs_uniquifier" in asked:
            known = g.get("person")
            if known is not None and known.fs_uniquifier == asked["fs_uniquifier"]:
                return cast("Person", known)
            wanted = {"uniquifier": str(asked["fs_uniquifier"])}
        else:
            wanted = {"name": str(asked.get("name", ""))}
        if not any(wanted.values()):
            return None
        with services().catalogue.reading() as reading:
            facts = accounts.facts(reading, **wanted)
        return None if facts is None else Person(facts)

    def find_role(self, role: str) -> None:
        del role

    def find_user_from_webauthn(self, webauthn: WebAuthnMixin) -> Person | None:
        owner = cast("passkeys.Credential", webauthn).account_id
        with services().catalogue.reading() as reading:
            facts = accounts.facts(reading, account_id=owner)
        return None if facts is None else Person(facts)

    def put(self, person: Person) -> Person:
        plain = cast("Any", person)
        if isinstance(plain, passkeys.Credential):
            self.put_credential(plain)
            return person
        if hasattr(plain, "_get_current_object"):
            plain = plain._get_current_object()  # noqa: SLF001 - of werkzeug's proxy
        with services().catalogue.writing() as writing:
            accounts.keep(writing, plain.id, plain.kept)
        return cast("Person", plain)

    def commit(self) -> None:
        """`put` has done it."""


class OnceTotp(Totp):
    """No code counts twice (RFC 6238, 5.2)."""

    def generate_qrcode(self, username: str, totp: str) -> str:
        """As one path: a tenth of what a square for each module takes."""
        picture = qrcode.make(self.get_totp_uri(username, totp), image_factory=SvgPathImage)
        written = io.BytesIO()
        picture.save(written)
        return f"data:image/svg+xml;base64,{base64.b64encode(written.getvalue()).decode()}"

    def get_last_counter(self, user: UserMixin) -> int | None:
        return cast("Person", user).totp_counter

    def set_last_counter(self, user: UserMixin, tmatch: TotpMatch) -> None:
        cast("Person", user).totp_counter = tmatch.counter
        cast("AccountStore", current_app.extensions["security"].datastore).put(cast("Person", user))


class NameForm(LoginForm):
    """By name, not by mail."""

    email = None
    remember = None
    name = StringField("name", validators=[DataRequired(NEEDED)])

    def __init__(self, *given: Any, **named: Any) -> None:  # noqa: ANN401
        super().__init__(*given, **named)
        self.email = self.name  # where Flask-Security looks for what it must not give away

    def validate(self, **given: Any) -> bool:  # noqa: ANN401
        self.ifield = self.name
        self.user = cast("AccountStore", current_app.extensions["security"].datastore).find_user(
            name=self.name.data or ""
        )
        return bool(super().validate(**given))


class Said(FsDomain):
    """What Flask-Security says, in the tongue of the page."""

    def __init__(self) -> None:
        """It has no folder of translations."""

    def gettext(self, string: str, **variables: object) -> str:
        return tongue.gettext(string, **variables)


def identify(app: Flask, settings: Settings) -> None:
    """Ask who it is before anything else is done for a request."""
    app.extensions["mediacatalog.local"] = exposure.is_local(settings)
    app.before_request(ask)
    app.context_processor(lambda: {"viewer": viewer_or_none()})


def prepare(app: Flask, secret: bytes) -> None:
    """Let people sign in. After `CSRFProtect`."""
    app.config.update(_configuration(secret))
    app.before_request(hold_back)
    app.after_request(let_on)
    security = Security(
        app, AccountStore(), login_form=NameForm, totp_cls=OnceTotp,
        wan_register_form=passkeys.PasskeyForm, webauthn_util_cls=passkeys.Verified,
    )  # fmt: skip
    security.login_manager.request_loader(lambda _request: None)  # tokens are no business of its
    security.i18n_domain = Said()
    security.want_json(lambda _request: False)
    user_authenticated.connect(_began, app)
    user_logged_out.connect(_ended, app)


def _configuration(secret: bytes) -> dict[str, object]:
    def derived(of: str) -> str:
        made = hmac.digest(secret, of.encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(made).decode()

    given: dict[str, object] = {
        "URL_PREFIX": "/account",
        "STATIC_FOLDER": None,
        "CLI_USERS_NAME": None,
        "CLI_ROLES_NAME": None,
        "USER_IDENTITY_ATTRIBUTES": [{"name": {"mapper": str, "case_insensitive": True}}],
        "PASSWORD_SALT": derived("salt"),
        "PASSWORD_SINGLE_HASH": True,
        "PASSWORD_HASH": "argon2",
        "PASSWORD_SCHEMES": ["argon2"],
        "DEPRECATED_PASSWORD_SCHEMES": [],
        "PASSWORD_LENGTH_MIN": accounts.LEAST_PASSWORD,
        "RETURN_GENERIC_RESPONSES": True,
        "CHANGEABLE": True,
        "SEND_PASSWORD_CHANGE_EMAIL": False,
        "FRESHNESS": FRESH,
        "FRESHNESS_GRACE_PERIOD": timedelta(0),
        "API_ENABLED_METHODS": ["session"],
        "TWO_FACTOR": True,
        "TWO_FACTOR_ENABLED_METHODS": ["authenticator"],
        "TWO_FACTOR_RESCUE_EMAIL": False,
        "TWO_FACTOR_AUTHENTICATOR_VALIDITY": 30,
        "TOTP_SECRETS": {"1": derived("totp")},
        "TOTP_ISSUER": "mediacatalog",
        "MULTI_FACTOR_RECOVERY_CODES": True,
        "MULTI_FACTOR_RECOVERY_CODES_N": RECOVERY_CODES,
        "MULTI_FACTOR_RECOVERY_CODES_KEYS": [derived("recovery")],
        "LOGOUT_CSRF": True,
        "POST_LOGOUT_VIEW": "security.login",
        "POST_CHANGE_VIEW": "account.show",
        "TWO_FACTOR_POST_SETUP_VIEW": "account.show",
        "LOGIN_USER_TEMPLATE": "account/sign_in.html",
        "VERIFY_TEMPLATE": "account/verify.html",
        "CHANGE_PASSWORD_TEMPLATE": "account/password.html",
        "TWO_FACTOR_SETUP_TEMPLATE": "account/second_factor.html",
        "TWO_FACTOR_VERIFY_CODE_TEMPLATE": "account/code.html",
        "MULTI_FACTOR_RECOVERY_TEMPLATE": "account/recovery.html",
        "MULTI_FACTOR_RECOVERY_CODES_TEMPLATE": "account/recovery_codes.html",
    }
    messages = MESSAGES | passkeys.MESSAGES
    said = {f"SECURITY_MSG_{name}": (text, "info") for name, text in messages.items()}
    given |= passkeys.SETTINGS
    return {f"SECURITY_{name}": value for name, value in given.items()} | said


# --- who asks -------------------------------------------------------------------------------------


def viewer_or_none() -> Viewer | None:
    """Who asks; None for somebody who isn't signed in."""
    return cast("Viewer | None", g.get("viewer"))


def address() -> str:
    return (request.remote_addr or "")[:ADDRESS_KEPT]


def ask() -> Response | None:
    """Find out who it is. Without any account it is whoever sits at this machine."""
    g.viewer = g.person = None
    if not has_accounts():
        if current_app.extensions["mediacatalog.local"]:
            token = g.get("token")
            name = token.owner if token else str(session.get("person") or LOCAL)
            g.viewer = Viewer(name, token.role if token else ADMIN)
        return None
    if "token" in g:
        return _ask_owner(g.token)
    if "_user_id" in session:
        _ask_session()
    return None


def _ask_owner(token: Token) -> Response | None:
    """A token may at most what its owner's account may, as long as that may sign in."""
    with services().catalogue.reading() as reading:
        facts = accounts.facts(reading, name=token.owner)
    if facts is None or not facts["active"]:
        return bearers.refused(401, "invalid_token", "The token's owner has no account any more.")
    g.viewer = Viewer(facts["name"], accounts.lesser(token.role, facts["role"]), facts["id"])
    return None


def _ask_session() -> None:
    secret = session.get("browser")
    with services().catalogue.reading() as reading:
        found = accounts.of_session(reading, secret) if isinstance(secret, str) else None
    if found is None or found[0]["uniquifier"] != session["_user_id"]:
        forget()
        if request.headers.get("Sec-Fetch-Mode", "navigate") != "navigate":
            # What a page loads may be answered after the next page: its cookie must stay.
            session.modified = False
        return
    facts, session_id, due = found
    g.person, g.session_id = Person(facts), session_id
    g.viewer = Viewer(facts["name"], facts["role"], facts["id"])
    if due:
        with services().catalogue.writing() as writing:
            accounts.note_session(writing, session_id, address())


def has_accounts() -> bool:
    """Accounts are never deleted: once there are any, there always are."""
    known: list[float] = current_app.extensions.setdefault("mediacatalog.accounts", [0.0])
    now = time.monotonic()
    if known[0] < 0:
        return True
    if known[0] and now - known[0] < CHECKED_SECONDS:
        return False
    with services().catalogue.reading() as reading:
        found = accounts.are_there(reading)
    known[0] = -1.0 if found else now
    return found


def forget() -> None:
    """Nobody is signed in in this browser any more; how it likes its pages stays."""
    kept = {name: session[name] for name in ("tongue",) if name in session}
    session.clear()
    session.update(kept)


def _began(app: Flask, user: Person, **_more: object) -> None:
    """Somebody proved who they are: this browser has a session of its own from now on."""
    del app
    agent = request.user_agent.string
    with services().catalogue.writing() as writing:
        session["browser"] = accounts.begin_session(writing, user.id, address(), agent)
    session.pop("person", None)
    g.began = True


def _ended(app: Flask, user: Person, **_more: object) -> None:
    del app, user
    account, ended = g.get("viewer"), g.get("session_id")
    if account is not None and account.account_id and ended:
        with services().catalogue.writing() as writing:
            accounts.end_session(writing, account.account_id, ended)
    session.pop("browser", None)


# --- how often ------------------------------------------------------------------------------------


def _tried_name() -> str:
    """Whose password or code is tried."""
    if request.endpoint == "security.login":
        return accounts.name_key(request.form.get("name", "")[:1000])
    if g.person is not None:
        return accounts.name_key(g.person.name)
    store = cast("AccountStore", current_app.extensions["security"].datastore)
    person = store.find_user(fs_uniquifier=session.get("tf_user_id", ""))
    return accounts.name_key(person.name) if person else ""


def hold_back() -> BaseResponse | None:
    """Whoever tries too often waits, whether it is right or not."""
    if request.method != "POST" or request.endpoint not in TRIED or not has_accounts():
        return None
    g.tried = throttle.keys(_tried_name(), address())
    with services().catalogue.writing() as writing:
        wait = throttle.take(writing, g.tried)
    if wait:
        response = current_app.make_response(
            render_template("account/wait.html", minutes=-(-wait // 60))
        )
        response.status_code = 429
        response.headers["Retry-After"] = str(wait)
        return response
    return None


def let_on(response: Response) -> Response:
    """It was right: the tries before it don't count."""
    if (
        g.get("tried")
        and response.status_code in (302, 303)
        and (g.get("began") or g.get("person"))
    ):
        with services().catalogue.writing() as writing:
            throttle.forgive(writing, g.tried)
    return response


def signed_in_id() -> str:
    """Of the account that asks; 404 where nobody has one."""
    viewer = viewer_or_none()
    if viewer is None or viewer.account_id is None:
        abort(404, "This machine has no accounts.")
    return viewer.account_id
