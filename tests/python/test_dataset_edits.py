"""Datasets that change: erased users leave no byte, and neither a kill nor a full disk harms what was there."""

import gzip
import os
import random
import resource
import shutil
import signal
import subprocess
import time

import pyarrow.ipc
import pytest


def fingerprint(attune, dataset):
    """What is in the dataset, from a program that checks every file's hash on the way."""
    return attune.json("info", dataset)["fingerprint"]


def bytes_below(folder):
    found = b""
    for path in sorted(folder.rglob("*")):
        found += str(path).encode()
        if path.is_file():
            found += path.read_bytes()
    return found


def write_log(path, users, events, prefix="u", start=1_000_000_000):
    draw = random.Random(31)
    with open(path, "w", encoding="utf-8") as file:
        file.write("user,item,rating,timestamp\n")
        for event in range(events):
            user, item = draw.randrange(users), draw.randrange(2000)
            file.write(f"{prefix}{user},i{item},{draw.randint(1, 5)},{start + event}\n")


def kill_at_random(words, seconds, draw):
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        time.sleep(draw.uniform(0.01, 1.05) * seconds)
        process.send_signal(signal.SIGKILL)
    return process.returncode


def test_an_erased_user_leaves_no_byte(attune, sample, tmp_path):
    attune("import", sample.folder / "log.csv", *sample.tables(), "--out", tmp_path / "d")
    user = next(iter(sample.log[7].values()))
    assert user.encode() in bytes_below(tmp_path)
    report = attune.json("erase", tmp_path / "d", "--user", user)
    events = sum(user in row.values() for row in sample.log)
    assert report["users_erased"] == 1 and report["events_erased"] == events > 0
    assert user.encode() not in bytes_below(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["d"]
    info = attune.json("info", tmp_path / "d")
    assert info["interactions"] == len(sample.log) - events
    with pyarrow.ipc.open_file(tmp_path / "d" / "interactions.arrow") as file:
        assert file.read_all().num_rows == len(sample.log) - events
    assert "has no user" in attune.refused("erase", tmp_path / "d", "--user", user)


def outcomes_of_kills(attune, whole, dataset, words, seed):
    """Fingerprints of a dataset whose edit by `words` was killed time and again: before, after, of each kill."""
    before, draw, outcomes = fingerprint(attune, whole), random.Random(seed), []
    shutil.copytree(whole, dataset)
    started = time.monotonic()
    subprocess.run(words, check=True, capture_output=True)
    seconds = time.monotonic() - started
    after = fingerprint(attune, dataset)
    assert after != before
    for _ in range(12):
        shutil.rmtree(dataset)
        shutil.copytree(whole, dataset)
        kill_at_random(words, seconds, draw)
        outcomes.append(fingerprint(attune, dataset))
        assert outcomes[-1] in (before, after)
    assert outcomes.count(after) < len(outcomes), "nothing was killed in time"
    return before, after, outcomes


def test_a_killed_erase_leaves_the_dataset_before_or_the_one_after(attune, tmp_path):
    write_log(tmp_path / "log.csv", 3000, 200_000)
    attune("import", tmp_path / "log.csv", "--out", tmp_path / "whole")
    dataset = tmp_path / "d"
    words = [attune.path, "erase", str(dataset), "--user", "u17", "--quiet"]
    before, _, outcomes = outcomes_of_kills(attune, tmp_path / "whole", dataset, words, 37)
    if outcomes[-1] == before:
        attune("erase", dataset, "--user", "u17")
    else:
        attune("erase", dataset, "--user", "u18")
    assert not list(tmp_path.glob(".*.partial")), "what killed processes left is still there"


def test_a_killed_append_leaves_the_dataset_before_or_the_one_after(attune, tmp_path):
    write_log(tmp_path / "old.csv", 3000, 200_000)
    write_log(tmp_path / "new.csv", 4000, 150_000, start=2_000_000_000)
    attune("import", tmp_path / "old.csv", "--out", tmp_path / "whole")
    dataset = tmp_path / "d"
    words = [attune.path, "import", str(tmp_path / "new.csv"), "--append", "--out", str(dataset), "--quiet"]
    before, after, outcomes = outcomes_of_kills(attune, tmp_path / "whole", dataset, words, 41)
    if outcomes[-1] == before:
        subprocess.run(words, check=True, capture_output=True)
    else:
        assert f"was imported into {dataset} before" in attune.refused(*words[1:])
    assert fingerprint(attune, dataset) == after
    attune("import", tmp_path / "old.csv", "--out", tmp_path / "whole")
    assert not list(tmp_path.glob(".*")), "what killed processes left is still there"


def only_small_files():
    """For a child: no file beyond 1 MB, as on a disk that is full; the error is the program's to handle."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))


@pytest.mark.parametrize("form", ["plain", "packed", "standard input", "append"])
def test_a_file_that_may_not_grow_is_an_error_and_harms_nothing(form, attune, tmp_path):
    write_log(tmp_path / "small.csv", 30, 2000)
    write_log(tmp_path / "large.csv", 3000, 200_000)
    packed = tmp_path / "large.csv.gz"
    packed.write_bytes(gzip.compress((tmp_path / "large.csv").read_bytes()))
    attune("import", tmp_path / "small.csv", "--out", tmp_path / "d")
    before = bytes_below(tmp_path / "d")
    log = {"packed": packed, "standard input": "-"}.get(form, tmp_path / "large.csv")
    words = ["import", log, "--out", tmp_path / "d", *(["--append"] if form == "append" else [])]
    with open(tmp_path / "large.csv", "rb") as file:
        why = attune.refused(*words, stdin=file, preexec_fn=only_small_files, restore_signals=False)
    assert "File too large" in why and str(tmp_path) in why
    assert bytes_below(tmp_path / "d") == before
    assert not list(tmp_path.glob(".*")), "a temporary file is left"


@pytest.fixture
def small_disk(tmp_path):
    """A folder on a disk of 16 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=16m", "none", str(folder)]
    if os.geteuid() != 0 or shutil.which("mount") is None or subprocess.run(mount, capture_output=True).returncode != 0:
        pytest.skip("this machine lets nobody mount a small disk")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True, capture_output=True)


def test_a_full_disk_is_named_and_harms_nothing(attune, small_disk, tmp_path):
    write_log(tmp_path / "small.csv", 3000, 200_000)
    write_log(tmp_path / "large.csv", 3000, 900_000)
    dataset = small_disk / "d"
    attune("import", tmp_path / "small.csv", "--out", dataset)
    before = bytes_below(dataset)
    why = attune.refused("import", tmp_path / "large.csv", "--out", dataset)
    assert "disk full; free some space" in why and str(small_disk) in why
    assert bytes_below(dataset) == before
    why = attune.refused("import", tmp_path / "large.csv", "--append", "--out", dataset)
    assert "disk full; free some space" in why
    assert bytes_below(dataset) == before
    filler = small_disk / "filler"
    filler.write_bytes(b"\0" * (10 << 20))
    why = attune.refused("erase", dataset, "--user", "u17")
    assert "disk full; free some space" in why
    assert bytes_below(dataset) == before
    assert [path.name for path in small_disk.iterdir() if path.name.startswith(".")] == []
    filler.unlink()
    attune("erase", dataset, "--user", "u17")
