"""What the tests of the program share: the program, a generated sample, datasets and models made from it once."""

import os
import pathlib

import pytest
from program import Program, Sample

ROOT = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def attune():
    path = pathlib.Path(os.environ.get("ATTUNE_BINARY", ROOT / "build" / "attune"))
    assert path.exists(), f"{path} is missing: build it, or set ATTUNE_BINARY"
    return Program(str(path))


@pytest.fixture(scope="session")
def sample(attune, tmp_path_factory):
    return Sample(attune, tmp_path_factory.mktemp("sample"), "--users", 300, "--items", 150, "--seed", 3)


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
