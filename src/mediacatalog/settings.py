"""Settings: one frozen object, built at the edge from `MEDIACATALOG_*` or a TOML file.

This is the only module that reads the environment.
"""

from __future__ import annotations

import os
import secrets
import tomllib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from mediacatalog.errors import SettingsError

PREFIX = "MEDIACATALOG_"

AbsolutePath = Annotated[Path, BeforeValidator(lambda value: Path(value).expanduser().absolute())]


class Settings(BaseSettings):
    """Every setting with its default; `docs/operations.md` lists the same table."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, extra="forbid", env_ignore_empty=True
    )

    data: AbsolutePath = Field(
        default=Path("data"), validate_default=True, description="catalogue, index and derivatives"
    )
    media: AbsolutePath = Field(
        default=Path("media"),
        validate_default=True,
        description="the default root; may be read-only",
    )
    database_url: str = Field(
        default="",
        description="SQLAlchemy URL of the catalogue; empty: SQLite under the data folder",
    )
    host: str = Field(default="127.0.0.1", description="address that the web server listens on")
    port: int = Field(
        default=8000, ge=0, le=65535, description="port that the web server listens on"
    )
    published_on_loopback: bool = Field(
        default=False,
        description="only this machine reaches that address, as that of a container whose port is "
        "published on loopback",
    )
    tls_certificate: str = Field(
        default="", description="PEM file with the certificate chain, to speak HTTPS"
    )
    tls_key: str = Field(default="", description="PEM file with its key")
    trusted_proxy: str = Field(
        default="",
        description="addresses or networks of a proxy that speaks HTTPS; only what it says of its "
        "clients is believed",
    )
    threads: int = Field(default=32, ge=1, le=512, description="threads of the web server")
    workers: int = Field(
        default=0, ge=0, le=256, description="clips read at the same time; 0: one per processor"
    )
    poll_seconds: float = Field(default=3.0, gt=0, description="pause between two looks at a root")
    settle_seconds: float = Field(
        default=3.0, ge=0, description="how long size and time of a new file must stand still"
    )
    unproven_settle_seconds: float = Field(
        default=20.0,
        ge=0,
        description="the same for files whose container can't prove that it is whole",
    )
    stalled_after_hours: float = Field(
        default=24.0, gt=0, description="an unfinished file is quarantined after this time"
    )
    loss_threshold: float = Field(
        default=0.05,
        gt=0,
        le=1,
        description="a root that loses more than this share in one pass changes nothing",
    )
    stage_seconds: float = Field(
        default=4 * 3600.0, gt=0, description="upper bound of wall time for one stage of one file"
    )
    viewing: Literal["full", "balanced"] = Field(
        default="full",
        description="balanced passes over frames that no other refers to: about a third less work, "
        "cuts within a frame; a root or a clip may have its own",
    )
    picture_languages: str = Field(
        default="installed",
        pattern=r"^[A-Za-z_]+(\+[A-Za-z_]+)*$",
        description="languages in which text in the picture is read, by Tesseract's names, as "
        "ara+eng; installed: all that are, six at most; none: it isn't read",
    )
    sandbox: Literal["auto", "bubblewrap", "landlock", "none"] = Field(
        default="auto",
        description="what files are read in; auto: bubblewrap, else landlock, else none is read",
    )
    max_upload_bytes: int = Field(default=64 * 2**30, gt=0, description="largest upload taken")
    upload_quota_bytes: int = Field(
        default=0, ge=0, description="what uploads may take altogether, unfinished ones too; 0: any"
    )
    disk_reserve_bytes: int = Field(
        default=2 * 2**30, ge=0, description="uploads and ingest pause when less space is free"
    )
    fetch_pages: bool = Field(
        default=False,
        description="people may give the address of an article, which is fetched from the web",
    )
    api_requests_per_minute: int = Field(
        default=6000,
        ge=0,
        description="how often one address may call the API, uploads not counted; 0: any",
    )
    cover_unreviewed: Literal["nothing", "uploads", "everything"] = Field(
        default="nothing",
        description="clips of which nobody said what they need are covered as sensitive",
    )
    log_level: str = Field(default="INFO", description="DEBUG, INFO, WARNING or ERROR")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        del dotenv_settings, file_secret_settings
        sources: tuple[PydanticBaseSettingsSource, ...] = (init_settings, env_settings)
        if config := os.environ.get(PREFIX + "CONFIG"):
            sources += (TomlConfigSettingsSource(settings_cls, Path(config)),)
        return sources

    @property
    def catalogue_url(self) -> str:
        """The URL in force: what was set, else SQLite under the data folder."""
        return self.database_url or f"sqlite:///{self.data / 'catalogue.sqlite'}"

    @property
    def derivatives(self) -> Path:
        return self.data / "derivatives"

    @property
    def shares(self) -> Path:
        """Renditions of links for outsiders."""
        return self.data / "shares"

    @property
    def uploads(self) -> Path:
        return self.data / "uploads"

    @property
    def index(self) -> Path:
        return self.data / "index"

    @property
    def secret_key_file(self) -> Path:
        return self.data / "secret_key"


def is_given(name: str) -> bool:
    """Whether anything but the default may be in force for a setting."""
    return any(PREFIX + one in os.environ for one in (name.upper(), "CONFIG"))


def load(**overrides: object) -> Settings:
    """Settings from the environment and the TOML file; `overrides` win.

    Raises SettingsError for an unknown name or a value that doesn't fit, naming it.
    """
    known = {PREFIX + name.upper() for name in Settings.model_fields} | {PREFIX + "CONFIG"}
    unknown = sorted(name for name in os.environ if name.startswith(PREFIX) and name not in known)
    if unknown:
        raise SettingsError(f"unknown setting {', '.join(unknown)}")
    config = os.environ.get(PREFIX + "CONFIG")
    if config and not Path(config).is_file():
        raise SettingsError(f"{PREFIX}CONFIG: no such file: {config}")
    try:
        return Settings(**overrides)  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise SettingsError(f"setting {PREFIX}{where.upper()}: {first['msg']}") from error
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{config}: {error}") from error


def secret_key(settings: Settings) -> bytes:
    """The key that signs sessions and forms: made once, kept under the data folder, mode 0600."""
    path = settings.secret_key_file
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_bytes()
    with os.fdopen(descriptor, "wb") as file:
        key = secrets.token_bytes(32)
        file.write(key)
        return key


def override(**values: object) -> Settings:
    """Settings with some values changed, for this process and the processes that it starts."""
    for name, value in values.items():
        os.environ[PREFIX + name.upper()] = str(value)
    return load()
