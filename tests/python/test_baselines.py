"""Popularity, item kNN, EASE and iALS equal what plain numpy computes from the dataset: on the sample, and on
MovieLens-1M where $ATTUNE_DATA has it."""

import os
import pathlib
import sys

import numpy
import pytest
from classical import Ials, LeaveOneOut, ModelFile, ease_weights, likenesses, sum_of_rows

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
import public_logs

DATA = pathlib.Path(os.environ["ATTUNE_DATA"]).resolve() if os.environ.get("ATTUNE_DATA") else None
MISSING = DATA is None or not (DATA / "ml-1m").is_dir()
REAL = pytest.param("ml-1m", marks=pytest.mark.skipif(MISSING, reason="$ATTUNE_DATA has no ml-1m: not tested on it"))


@pytest.fixture(scope="module", params=["sample", REAL])
def log(request, attune, sample, tmp_path_factory):
    """A dataset; what trains a model on it leave-one-out, and gives file and numpy's view of the dataset; a folder."""
    folder, dataset = tmp_path_factory.mktemp("classical"), sample.dataset
    if request.param != "sample":
        dataset = folder / "dataset"
        attune("import", *public_logs.import_words(request.param, DATA), "--out", dataset)
    views = {}

    def train(model, *words):
        path = folder / f"{model}{len(list(folder.iterdir()))}"
        attune("train", dataset, "--model", model, "--split", "leave-one-out", "--out", path, *words)
        file = ModelFile(path)
        key = tuple(file.ids)
        if key not in views:
            views[key] = LeaveOneOut(dataset, file.ids)
        return path, file, views[key]

    train.ndcg = lambda path, part: attune.json("evaluate", path, dataset, "--part", part)["metrics"]["ndcg@10"]
    train.small = request.param == "sample"
    return train


def test_popularity(log):
    path, file, view = log("popularity")
    assert file["model.log_popularity"] == pytest.approx(numpy.log1p(view.counts), rel=1e-6)
    expected = view.ndcg_at_10(lambda history: numpy.log1p(view.counts), "test")
    assert log.ndcg(path, "test") == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("similarity", ["cosine", "jaccard", "tf-idf", "bm25"])
def test_item_knn(similarity, log):
    if not log.small and similarity != "cosine":
        pytest.skip("once is enough on a large log")
    path, file, view = log("item-knn", "--similarity", similarity, "--shrinkage", 5, "--neighbors", 40)
    expected = likenesses(view.x, file.config)
    found = file.sparse("model.likeness", len(file.ids))
    assert numpy.abs(found - expected).max() < 1e-6
    figure = view.ndcg_at_10(sum_of_rows(expected, len(file.ids)), "test")
    assert log.ndcg(path, "test") == pytest.approx(figure, abs=1e-6)


def test_ease(log):
    path, file, view = log("ease", "--regularization", 300)
    expected = ease_weights(view.x, 300)
    assert numpy.abs(file["model.weights"] - expected).max() < 1e-6
    rounded = expected.astype(numpy.float32).astype(float)
    figure = view.ndcg_at_10(sum_of_rows(rounded, len(file.ids)), "test")
    assert log.ndcg(path, "test") == pytest.approx(figure, abs=1e-6)


def test_ease_of_low_rank(log):
    if not log.small:
        pytest.skip("once is enough")
    _, file, view = log("ease", "--regularization", 30, "--form", "low-rank", "--rank", 12, "--iterations", 1000)
    known = file["model.factors"].shape[0]
    values, vectors = numpy.linalg.eigh(view.x[:, :known].T @ view.x[:, :known])
    values, vectors = values[-12:], vectors[:, -12:]
    expected = vectors @ numpy.diag(values / (values + 30)) @ vectors.T
    found = file["model.factors"].astype(float)
    assert numpy.abs(found @ found.T - expected).max() < 1e-5


def test_ials(log):
    if not log.small:
        pytest.skip("numpy takes too long on a large log")
    words = ["--width", 8, "--regularization", 0.02, "--iterations", 100]
    path, file, view = log("ials", *words)
    ials, items = Ials(view.x, file.config), file["model.item_vectors"].astype(float)
    # A fixed point: solving for users and then for items gives the items back, so the gradient of the loss is zero.
    users = ials.user_vectors(items)
    again = ials.item_vectors(users)
    assert numpy.abs(again - items).max() < 0.02 * numpy.abs(items).max()
    # And as deep as numpy's own rounds, from other random vectors, come.
    own = numpy.random.default_rng(1).normal(scale=0.1 / 8**0.5, size=items.shape) * (view.counts > 0)[:, None]
    for _ in range(100):
        own = ials.item_vectors(ials.user_vectors(own))
    assert ials.loss(users, items) == pytest.approx(ials.loss(ials.user_vectors(own), own), rel=0.01)
    figure = view.ndcg_at_10(lambda history: items @ ials.solve(items, numpy.unique(history), ials.items), "test")
    assert log.ndcg(path, "test") == pytest.approx(figure, abs=1e-6)
