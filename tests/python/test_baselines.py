"""The classical methods equal what plain numpy computes from the dataset: on the sample, and on MovieLens-1M where
$ATTUNE_DATA has it. Metrics and scores agree to 1e-6; a score is a float, so where it is larger than 1 the tolerance is
relative."""

import os
import pathlib
import sys

import numpy
import pytest
from classical import (
    Ials,
    LeaveOneOut,
    ModelFile,
    attribute_rows,
    ease_weights,
    likenesses,
    standardised,
    sum_of_rows,
    table,
    text_rows,
    user_scores,
)

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
    train.recommend = lambda path, history: attune.json("recommend", path, "--history", ",".join(history), "--k", 20)
    train.dataset = dataset
    train.small = request.param == "sample"
    return train


def test_popularity(log):
    path, file, view = log("popularity")
    assert file["model.log_popularity"] == pytest.approx(numpy.log1p(view.counts), rel=1e-6)
    expected = view.ndcg_at_10(lambda history: numpy.log1p(view.counts), "test")
    assert log.ndcg(path, "test") == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("similarity", ["cosine", "jaccard", "tf-idf", "bm25"])
def test_item_knn(similarity, log):
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
    gram = view.x[:, :known].T @ view.x[:, :known]
    values, vectors = numpy.linalg.eigh(gram)
    kept = (vectors[:, -12:] * values[-12:]) @ vectors[:, -12:].T
    inverse = numpy.linalg.inv(kept + numpy.diag(numpy.diag(gram - kept) + 30))
    expected = -inverse / numpy.diag(inverse)[None, :]
    factors, scales = file["model.factors"].astype(float), (file["model.from"], file["model.to"])
    found = (factors @ factors.T) * scales[0][:, None] * scales[1][None, :]
    numpy.fill_diagonal(expected, 0)
    numpy.fill_diagonal(found, 0)
    assert numpy.abs(found - expected).max() < 1e-5


def test_ials(log):
    # Numpy's own hundred rounds take too long on a large log: there a round of its own changes next to nothing.
    words = ["--width", 8, "--regularization", 0.02, "--iterations", 100 if log.small else 30]
    path, file, view = log("ials", *words)
    ials, items = Ials(view.x, file.config), file["model.item_vectors"].astype(float)
    # A fixed point: solving for users and then for items gives the items back, so the gradient of the loss is zero.
    users = ials.user_vectors(items)
    again = ials.item_vectors(users)
    if log.small:
        assert numpy.abs(again - items).max() < 0.02 * numpy.abs(items).max()
        # And as deep as numpy's own rounds, from other random vectors, come.
        own = numpy.random.default_rng(1).normal(scale=0.1 / 8**0.5, size=items.shape) * (view.counts > 0)[:, None]
        for _ in range(100):
            own = ials.item_vectors(ials.user_vectors(own))
        assert ials.loss(users, items) == pytest.approx(ials.loss(ials.user_vectors(own), own), rel=0.01)
    else:
        assert ials.loss(users, items) == pytest.approx(ials.loss(ials.user_vectors(again), again), rel=0.001)

    def scores_of(history):
        return (items @ ials.solve(items, numpy.unique(history), ials.items)).astype(numpy.float32)

    recommendations_agree(log, path, file, view, scores_of)
    assert log.ndcg(path, "test") == pytest.approx(view.ndcg_at_10(scores_of, "test"), abs=1e-6)


@pytest.mark.parametrize("similarity", ["cosine", "jaccard", "tf-idf", "bm25"])
def test_user_knn(similarity, log):
    path, file, view = log("user-knn", "--similarity", similarity, "--shrinkage", 2, "--neighbors", 30)
    scores_of = user_scores(view.x, file.config)
    if log.small:  # on a large log numpy takes minutes for all users
        assert log.ndcg(path, "test") == pytest.approx(view.ndcg_at_10(scores_of, "test"), abs=1e-6)
    recommendations_agree(log, path, file, view, scores_of)


def recommendations_agree(log, path, file, view, scores_of):
    """The scores of the best items for some histories of the log: short, and whole ones."""
    whole = [history for history in view.training[:40:10] if len(history) > 2]
    for history in [numpy.array([3, 7, 11]), *whole]:
        expected = scores_of(history)
        found = log.recommend(path, [file.ids[item] for item in history])["items"]
        assert len(found) == 20
        for one in found:
            assert one["score"] == pytest.approx(expected[file.ids.index(one["item"])], rel=1e-6, abs=1e-6)


def test_user_knn_keeps_sets_of_items_and_nothing_of_whose_they_are(log):
    if not log.small:
        pytest.skip("once is enough")
    _, file, view = log("user-knn")
    kept = file.sparse("model.histories", len(file.ids))
    rows = sorted(numpy.flatnonzero(row).tolist() for row in view.x if row.any())
    assert [numpy.flatnonzero(row).tolist() for row in kept] == rows


def test_recent_popularity(log):
    path, file, view = log("recent-popularity", "--half-life", 20)
    newest = max(times[-1] for times in view.training_times if len(times))
    sums = numpy.zeros(len(file.ids))
    for history, times in zip(view.training, view.training_times):
        numpy.add.at(sums, history, 2.0 ** (-(newest - times) / 86400e6 / 20))
    assert file["model.log_popularity"] == pytest.approx(numpy.log1p(sums), rel=1e-6, abs=1e-30)


def test_hybrid_is_the_sum_of_standardised_scores(log):
    _, knn, view = log("item-knn", "--neighbors", 20)
    words = ["--models", "item-knn,popularity", "--settings", '{"item-knn": {"neighbors": 20}}', "--weights", "2,1"]
    path, file, _ = log("hybrid", *words)
    of_knn = sum_of_rows(knn.sparse("model.likeness", len(file.ids)), len(file.ids))
    of_popularity = standardised(numpy.log1p(view.counts))

    def scores_of(history):
        return 2 * standardised(of_knn(history)) + of_popularity

    recommendations_agree(log, path, file, view, scores_of)


def test_hybrid_by_rank(log):
    _, knn, view = log("item-knn", "--neighbors", 20)
    words = ["--models", "item-knn,popularity", "--settings", '{"item-knn": {"neighbors": 20}}', "--weights", "2,1"]
    path, file, _ = log("hybrid", *words, "--fusion", "rank")
    of_knn = sum_of_rows(knn.sparse("model.likeness", len(file.ids)), len(file.ids))

    def reciprocal(scores):
        ranks = numpy.empty(len(scores))
        ranks[numpy.argsort(-scores, kind="stable")] = 1 + numpy.arange(len(scores))
        return 1 / (60 + ranks)

    def scores_of(history):
        return 2 * reciprocal(of_knn(history)) + reciprocal(numpy.log1p(view.counts).astype(numpy.float32))

    recommendations_agree(log, path, file, view, scores_of)


def test_content(log, attune, sample, tmp_path):
    if not log.small:
        pytest.skip("once is enough")
    # Titles in English alone: words of scripts without spaces are found by a dictionary, which numpy has not.
    english = [column for column in sample.items[0] if not column.endswith("_zh")]
    rows = [",".join(english)] + [",".join(f'"{row[column]}"' for column in english) for row in sample.items]
    (tmp_path / "items.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    dataset, path = tmp_path / "dataset", tmp_path / "content"
    attune("import", sample.folder / "log.csv", "--items", tmp_path / "items.csv", "--out", dataset)
    words = ["--attributes-weight", 0.7, "--text-weight", 1.3, "--half-life", 4]
    attune("train", dataset, "--model", "content", "--split", "leave-one-out", "--out", path, *words)
    file = ModelFile(path)
    view = LeaveOneOut(dataset, file.ids)
    catalogue = table(dataset, "items")
    place = {item: row for row, item in enumerate(catalogue["id"].to_pylist())}
    order = [place[item] for item in file.ids]
    attributes, texts = attribute_rows(catalogue, order), text_rows(catalogue, order)
    assert attributes.shape[1] > 3 and texts.shape[1] > 3
    alike = 0.7 * attributes @ attributes.T + 1.3 * texts @ texts.T

    def scores_of(history):
        decay = 2.0 ** (-numpy.arange(len(history))[::-1] / 4)
        return decay @ alike[history] + 1e-6 * numpy.log1p(view.counts)

    recommendations_agree(log, path, file, view, scores_of)


def test_weights_that_a_hybrid_learns_are_no_worse_on_validation_than_equal_ones(log):
    if not log.small:
        pytest.skip("once is enough")
    learned, file, _ = log("hybrid", "--models", "item-knn,ials,content,recent-popularity")
    equal, _, _ = log("hybrid", "--models", "item-knn,ials,content,recent-popularity", "--weights", "1,1,1,1")
    assert len(file["model.weights"]) == 4
    assert log.ndcg(learned, "valid") >= log.ndcg(equal, "valid")
