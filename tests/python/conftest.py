"""What the tests of the program share: the program, a generated sample, datasets and models made from it once."""

import csv
import json
import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Program:
    """Runs attune and checks its exit status."""

    def __init__(self, path):
        self.path = path

    def __call__(self, *words, status=0, timeout=300, **kwargs):
        words = [str(word) for word in words]
        done = subprocess.run([self.path, *words], capture_output=True, text=True, timeout=timeout, **kwargs)
        told = f"attune {' '.join(words)}\nexit {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
        assert done.returncode == status, told
        return done

    def json(self, *words, **kwargs):
        """The document that --json prints, which must be the only thing on standard output."""
        return json.loads(self(*words, "--json", **kwargs).stdout)

    def refused(self, *words, status=1, **kwargs):
        """Why the program refuses: its words on standard error; nothing may be on standard output."""
        done = self(*words, status=status, **kwargs)
        assert done.stdout == ""
        assert done.stderr.strip()
        return done.stderr


@pytest.fixture(scope="session")
def attune():
    path = pathlib.Path(os.environ.get("ATTUNE_BINARY", ROOT / "build" / "attune"))
    assert path.exists(), f"{path} is missing: build it, or set ATTUNE_BINARY"
    return Program(str(path))


class Sample:
    """What `attune sample` wrote, its tables as lists of dictionaries, and the dataset that it is imported to."""

    def __init__(self, attune, folder):
        self.folder = folder
        attune("sample", "--out", folder, "--users", 300, "--items", 150, "--seed", 3, "--no-covers")
        self.log = read_csv(folder / "log.csv")
        self.items = read_csv(folder / "items.csv")
        self.users = read_csv(folder / "users.csv")
        self.dataset = folder / "dataset"
        attune("import", folder / "log.csv", *self.tables(), "--out", self.dataset)

    def tables(self):
        return ["--items", self.folder / "items.csv", "--users", self.folder / "users.csv"]


def read_csv(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="session")
def sample(attune, tmp_path_factory):
    return Sample(attune, tmp_path_factory.mktemp("sample"))


@pytest.fixture(scope="session")
def train(attune, sample, tmp_path_factory):
    """Trains a model once for each name and split; gives its file."""
    made, folder = {}, tmp_path_factory.mktemp("models")

    def model(name, split="leave-one-out"):
        if (name, split) not in made:
            made[name, split] = folder / f"{name}-{split}"
            attune("train", sample.dataset, "--model", name, "--split", split, "--out", made[name, split])
        return made[name, split]

    return model
