"""Each limit is met by a file whose name says how; see ``fakes.readings``."""

from __future__ import annotations

import asyncio
import os
import pickle
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from placet.errors import BadFile, Unavailable
from placet.impact.analysis import Analysis, AnalysisRequest
from placet.policy.model import Policy
from placet.vocabulary.files import File, Files
from placet.work import reader as reader_module
from placet.work.analyser import AnalysisPool
from placet.work.answers import analysis_from
from placet.work.reader import ReaderBug

LIMIT_SECONDS = 1.0
MEMORY_MB = 200


@asynccontextmanager
async def pool(
    function: str = "by_name", *, workers: int = 1, seconds: float = 60, requests_each: int = 200
) -> AsyncIterator[AnalysisPool]:
    async with AsyncExitStack() as stack:
        made = AnalysisPool(
            workers=workers,
            seconds=seconds,
            memory_mb=MEMORY_MB,
            function=f"fakes.readings:{function}",
            requests_each=requests_each,
        )
        stack.push_async_callback(made.close)
        yield made


def request(*paths: str, **contents: str) -> AnalysisRequest:
    files = [File(path, "sha", b"abc") for path in paths]
    files += [File(name, "sha", data.encode()) for name, data in contents.items()]
    return AnalysisRequest(Files(), Files(files), Files(), Policy())


def notes(analysis: Analysis) -> dict[str, str]:
    return dict(note.split(": ", 1) for note in analysis.notes)


async def test_files_are_read_in_another_process() -> None:
    async with pool() as analyser:
        analysis = await analyser.analyse(request("models/read.sql", "models/served.sql"))
    assert notes(analysis)["models/read.sql"] == "3 bytes"
    assert not notes(analysis)["models/served.sql"].endswith(f" {os.getpid()}")


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("b/loop.sql", "took longer than 1 s to read"),
        ("b/wait.sql", "took longer than 1 s to read"),
        ("b/eat.sql", "needed more than 200 MB to read"),
        ("b/exit.sql", "ended the process that read it"),
        ("b/crash.sql", "ended the process that read it"),
    ],
)
async def test_a_file_that_passes_a_limit_is_refused_and_the_others_are_read(path: str, reason: str) -> None:
    async with pool(seconds=LIMIT_SECONDS if "longer" in reason else 60) as analyser:
        analysis = await analyser.analyse(request("a/read.sql", path, "c/read.sql"))
    assert notes(analysis) == {"a/read.sql": "3 bytes", path: reason, "c/read.sql": "3 bytes"}


async def test_several_files_that_pass_limits_are_all_refused() -> None:
    async with pool() as analyser:
        analysis = await analyser.analyse(request("a/exit.sql", "b/eat.sql", "c/read.sql", "d/exit.sql"))
    assert [one.split(" ")[0] for one in notes(analysis).values()] == ["ended", "needed", "3", "ended"]


async def test_too_many_of_them_refuse_the_whole() -> None:
    async with pool() as analyser:
        with pytest.raises(BadFile, match="as 5 other files did") as refused:
            await analyser.analyse(request(*(f"{number}/exit.sql" for number in range(7))))
        assert refused.value.path == "5/exit.sql"


async def test_many_slow_files_are_no_fault_of_any() -> None:
    paths = {f"{number}/slow.sql": "0.4" for number in range(4)}
    async with pool(seconds=LIMIT_SECONDS) as analyser:
        analysis = await analyser.analyse(request(**paths))
    assert set(notes(analysis).values()) == {"slow"}


async def test_a_limit_passed_outside_all_files_is_told_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader_module, "TOTAL_FACTOR", 0)
    async with pool(seconds=LIMIT_SECONDS) as analyser:
        with pytest.raises(BadFile, match="comparing took longer than 1 s") as refused:
            await analyser.analyse(request("wait.sql"))
    assert refused.value.path == ""


async def test_a_reader_is_kept_for_the_next_request() -> None:
    async with pool() as analyser:
        first = notes(await analyser.analyse(request("served.sql")))["served.sql"]
        second = notes(await analyser.analyse(request("served.sql")))["served.sql"]
    assert first.startswith("1 served")
    assert second == first.replace("1", "2", 1)


async def test_a_reader_is_given_up_after_so_many_requests() -> None:
    async with pool(requests_each=1) as analyser:
        for _ in range(2):
            assert notes(await analyser.analyse(request("served.sql")))["served.sql"].startswith("1 served")


async def test_a_reader_that_has_grown_is_given_up() -> None:
    async with pool() as analyser:
        await analyser.analyse(request(**{"hoard.sql": "110000000"}))
        assert notes(await analyser.analyse(request("served.sql")))["served.sql"].startswith("1 served")


async def test_what_filled_a_reader_before_is_no_fault_of_the_next_file() -> None:
    async with pool() as analyser:
        await analyser.analyse(request(**{"hoard.sql": "70000000"}))
        analysis = await analyser.analyse(request(**{"hoard.sql": "120000000"}))
    assert notes(analysis) == {"hoard.sql": "kept"}


async def test_what_reading_raises_is_raised_here_and_the_reader_goes_on() -> None:
    async with pool() as analyser:
        with pytest.raises(BadFile) as refused:
            await analyser.analyse(request("bad.sql"))
        with pytest.raises(Unavailable) as unavailable:
            await analyser.analyse(request("away.sql"))
        assert notes(await analyser.analyse(request("served.sql")))["served.sql"].startswith("3 served")
    bad = refused.value
    assert (bad.message, bad.where, bad.hint, bad.code) == ("no such thing", "models/bad.sql:7", "mend it", "bad_file")
    assert unavailable.value.code == "later"


async def test_a_bug_is_shown_with_its_traceback() -> None:
    async with pool() as analyser:
        with pytest.raises(ReaderBug, match="nobody thought of this") as bug:
            await analyser.analyse(request("bug.sql"))
        assert "readings.py" in str(bug.value)
        assert notes(await analyser.analyse(request("read.sql")))["read.sql"] == "3 bytes"


async def test_an_answer_that_cannot_be_sent_is_a_bug() -> None:
    async with pool("gives_what_cannot_be_sent") as analyser:
        with pytest.raises(ReaderBug, match="pickle"):
            await analyser.analyse(request())


@pytest.mark.parametrize("function", ["gives_something_else", "gives_code"])
async def test_an_answer_that_is_no_analysis_is_not_taken(function: str) -> None:
    async with pool(function) as analyser:
        with pytest.raises(pickle.UnpicklingError, match="answer that"):
            await analyser.analyse(request())


@pytest.mark.parametrize("value", [os.system, Path("/"), AnalysisPool, analysis_from, print])
def test_an_answer_that_holds_anything_but_values_is_not_read(value: object) -> None:
    with pytest.raises(pickle.UnpicklingError, match="an answer that holds"):
        analysis_from(pickle.dumps((Analysis(), value)))


@pytest.mark.parametrize("size", ["200000", "5000000"])
async def test_an_answer_that_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch, size: str) -> None:
    monkeypatch.setattr(reader_module, "MAX_ANSWER_BYTES", 100_000)
    async with pool() as analyser:
        with pytest.raises(BadFile, match="the comparison gives more"):
            await analyser.analyse(request(**{"large.sql": size}))
        assert notes(await analyser.analyse(request("served.sql")))["served.sql"].startswith("1 served")


async def test_what_is_printed_does_not_disturb_the_answer() -> None:
    async with pool() as analyser:
        assert notes(await analyser.analyse(request("print.sql"))) == {"print.sql": "printed"}


async def test_a_reader_knows_no_secrets(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PLACET_GITHUB_WEBHOOK_SECRET", "s3cret")
    with (tmp_path / "key.pem").open("wb") as key:
        os.set_inheritable(key.fileno(), True)
        async with pool() as analyser:
            said = notes(await analyser.analyse(request("environment.sql", "descriptors.sql")))
    assert set(said["environment.sql"].split(",")) <= {"LANG", "LC_ALL", "LC_CTYPE", "LD_LIBRARY_PATH"}
    assert str(tmp_path) not in said["descriptors.sql"]


async def test_a_reader_writes_no_files(tmp_path: Path) -> None:
    async with pool() as analyser:
        said = notes(await analyser.analyse(request(**{"write.sql": str(tmp_path / "out")})))
    assert said == {"write.sql": "OSError"}


async def test_who_stops_waiting_ends_the_reader_and_frees_its_place(tmp_path: Path) -> None:
    async with pool(seconds=60) as analyser:
        waiting = asyncio.create_task(analyser.analyse(request(**{"wait.sql": str(tmp_path / "begun")})))
        async with asyncio.timeout(20):
            while not (tmp_path / "begun").exists():  # noqa: ASYNC110 - the other process can tell in no other way
                await asyncio.sleep(0.005)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert notes(await analyser.analyse(request("served.sql")))["served.sql"].startswith("1 served")


async def test_so_many_requests_are_served_at_once_and_no_more() -> None:
    async with pool(workers=2) as analyser:
        answers = await asyncio.gather(
            *(analyser.analyse(request(**{"0/slow.sql": "0.1", "1/served.sql": ""})) for _ in range(4))
        )
    pids = {notes(one)["1/served.sql"].rsplit(" ", 1)[-1] for one in answers}
    assert len(pids) == 2


@pytest.mark.parametrize("function", ["fakes.nowhere:by_name", "fakes.readings:nothing"])
async def test_a_reader_that_cannot_start_is_unavailable_and_says_why(function: str) -> None:
    analyser = AnalysisPool(workers=1, seconds=1, memory_mb=MEMORY_MB, function=function)
    with pytest.raises(Unavailable, match=r"nowhere|nothing"):
        await analyser.analyse(request())


async def test_no_process_to_be_had_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    async with pool() as analyser:
        with pytest.raises(Unavailable, match="no process could be started"):
            await analyser.analyse(request())


async def test_closing_while_a_request_runs_lets_it_end() -> None:
    async with pool() as analyser:
        running = asyncio.create_task(analyser.analyse(request(**{"slow.sql": "0.2"})))
        await asyncio.sleep(0)
        await analyser.close()
        assert notes(await running) == {"slow.sql": "slow"}
