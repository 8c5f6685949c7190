from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from sqlalchemy import create_engine

from placet.app.ports import AuditEntry
from placet.cli.running import run
from placet.store import audit

SECRET = "a-webhook-secret-of-the-test"


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PLACET_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data"


def write_audit(file: Path, number: int) -> None:
    engine = create_engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        at = datetime(2026, 1, 1, tzinfo=UTC)
        audit.append(connection, [AuditEntry("approve", f"proposal:{one}", "li-wei", at, {}) for one in range(number)])
    engine.dispose()


def test_a_database_is_made_and_then_there_is_nothing_to_do(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["db", "upgrade"]) == 0
    assert f"{data / 'placet.sqlite3'} is new, at revision" in capsys.readouterr().out
    assert run(["db", "upgrade"]) == 0
    assert "nothing to do" in capsys.readouterr().out


def test_a_database_of_another_kind_is_refused(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data.mkdir()
    (data / "other.db").write_text("no database " * 100, encoding="utf-8")
    monkeypatch.setenv("PLACET_DATABASE_URL", f"sqlite:///{data / 'other.db'}")
    assert run(["db", "upgrade"]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_sound_audit_trail_is_said_to_be_sound(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["db", "upgrade"])
    write_audit(data / "placet.sqlite3", 3)
    capsys.readouterr()
    assert run(["audit", "verify"]) == 0
    assert "The audit trail is sound: 3 rows, head " in capsys.readouterr().out


def test_a_row_that_was_altered_is_found(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["db", "upgrade"])
    write_audit(data / "placet.sqlite3", 3)
    with sqlite3.connect(data / "placet.sqlite3") as connection:
        for (name,) in connection.execute("select name from sqlite_master where type = 'trigger'").fetchall():
            connection.execute(f'drop trigger "{name}"')
        connection.execute("update audit set actor = 'somebody' where id = 2")
    connection.close()
    capsys.readouterr()
    assert run(["audit", "verify"]) == 1
    out = capsys.readouterr().out
    assert "broken at row 2: it is not what was written" in out
    assert "Sound up to there: 1 row," in out


def test_verifying_makes_no_database_where_there_is_none(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["audit", "verify"]) == 2
    assert "there is no database" in capsys.readouterr().err
    assert not data.exists()


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


@pytest.fixture(scope="module")
def private_key() -> str:
    key = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@pytest.fixture
def environment(tmp_path: Path, private_key: str) -> Mapping[str, str]:
    return {
        **os.environ,
        "PLACET_GITHUB_APP_ID": "7",
        "PLACET_GITHUB_PRIVATE_KEY": private_key,
        "PLACET_GITHUB_WEBHOOK_SECRET": SECRET,
        "PLACET_GITHUB_API_URL": f"http://127.0.0.1:{free_port()}",
        "PLACET_DATA_DIR": str(tmp_path / "data"),
        "PLACET_LISTEN": f"127.0.0.1:{free_port()}",
    }


def serve(environment: Mapping[str, str], cwd: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        (sys.executable, "-m", "placet", "serve"), cwd=cwd, env=environment, stderr=subprocess.PIPE, text=True
    )


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_the_service_serves_until_it_is_asked_to_stop(
    environment: Mapping[str, str], tmp_path: Path, sent: signal.Signals
) -> None:
    lines = []
    with serve(environment, tmp_path) as process:
        assert process.stderr is not None
        for line in process.stderr:
            lines.append(line)
            if json.loads(line)["message"] == "serving":
                break
        connection = http.client.HTTPConnection(environment["PLACET_LISTEN"], timeout=10)
        connection.request("GET", "/readyz")
        answer = connection.getresponse()
        assert (answer.status, answer.read().decode().splitlines()[0]) == (200, "ready")
        connection.close()
        process.send_signal(sent)
        rest = process.stderr.read()
    assert process.returncode == 0
    written = "".join(lines) + rest
    assert json.loads(rest.splitlines()[-1])["message"] == "stopped"
    assert SECRET not in written
    assert "PRIVATE KEY" not in written


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"PLACET_GITHUB_APP_ID": ""}, "PLACET_GITHUB_APP_ID"),
        ({"PLACET_GITHUB_WEBHOOK_SECRET": ""}, "PLACET_GITHUB_WEBHOOK_SECRET is missing"),
        ({"PLACET_GITHUB_PRIVATE_KEY": "no key"}, "PLACET_GITHUB_PRIVATE_KEY: the app's private key cannot be read"),
        ({"PLACET_GITHUB_PRIVATE_KEY": "no key"}, "give the whole .pem file that GitHub made for the app"),
        ({"PLACET_GITHUB_WEBHOOK_SECRET": "", "PLACET_GITHUB_WEBHOOK_SECRET_FILE": "/nowhere"}, "cannot be read"),
        ({"PLACET_LISTEN": "nonsense"}, "PLACET_LISTEN must be address:port"),
        ({"PLACET_LISTEN": "203.0.113.1:80"}, "cannot listen on 203.0.113.1:80"),
        ({"PLACET_DATA_DIR": "/dev/null/data"}, "set PLACET_DATA_DIR"),
        ({"PLACET_LOG_LEVEL": "loud"}, "PLACET_LOG_LEVEL"),
    ],
)
def test_a_wrong_setting_stops_the_start_with_one_line(
    environment: Mapping[str, str], tmp_path: Path, wrong: Mapping[str, str], said: str
) -> None:
    with serve({**environment, **wrong}, tmp_path) as process:
        _, err = process.communicate(timeout=60)
    assert process.returncode == 2
    assert said in err.splitlines()[-1]
    assert "Traceback" not in err
    assert SECRET not in err


def test_a_mistyped_variable_and_a_github_that_is_not_there_are_told_in_the_log(
    environment: Mapping[str, str], tmp_path: Path
) -> None:
    with serve({**environment, "PLACET_SWEEP_SECOND": "10"}, tmp_path) as process:
        assert process.stderr is not None
        told = []
        for line in process.stderr:
            told.append(json.loads(line))
            if told[-1]["message"] == "github_not_reached":
                break
        connection = http.client.HTTPConnection(environment["PLACET_LISTEN"], timeout=10)
        connection.request("GET", "/readyz")
        answer = connection.getresponse()
        assert answer.status == 200
        assert answer.read().decode() == "ready\nGitHub: not confirmed yet: it does not answer\n"
        connection.close()
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
    assert "did you mean PLACET_SWEEP_SECONDS?" in next(
        one["problem"] for one in told if one["message"] == "unknown_setting"
    )


def test_a_mistyped_variable_is_told_where_the_database_is_looked_for(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PLACET_DATABSE_URL", "sqlite:////elsewhere.db")
    monkeypatch.setenv("PLACET_GITHUB_APP_ID", "nonsense")
    assert run(["db", "upgrade"]) == 0
    said = capsys.readouterr()
    assert str(data) in said.out
    assert "placet: PLACET_DATABSE_URL is no setting (did you mean PLACET_DATABASE_URL?)" in said.err
