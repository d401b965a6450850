"""The classical methods once more, in plain numpy and double: what the program's models and figures must equal."""

import json
import re

import numpy
import pyarrow.ipc
import safetensors.numpy
from safetensors import safe_open


def table(dataset, name):
    with pyarrow.ipc.open_file(dataset / f"{name}.arrow") as file:
        return file.read_all()


class ModelFile:
    """A model's tensors and settings."""

    def __init__(self, path):
        self.tensors = safetensors.numpy.load_file(path)
        with safe_open(path, framework="numpy") as file:
            self.config = json.loads(file.metadata()["attune.config"])
        offsets, data = self["items.id_offsets"], self["items.id_bytes"].tobytes()
        self.ids = [data[a:b].decode() for a, b in zip(offsets[:-1], offsets[1:])]

    def __getitem__(self, name):
        return self.tensors[name]

    def sparse(self, name, width):
        """A sparse matrix as a dense one."""
        offsets = self[f"{name}.offsets"].astype(int)
        dense = numpy.zeros((len(offsets) - 1, width))
        rows = numpy.repeat(numpy.arange(len(offsets) - 1), numpy.diff(offsets))
        dense[rows, self[f"{name}.columns"]] = self[f"{name}.values"]
        return dense


class LeaveOneOut:
    """A dataset with times in the numbering of a model: histories, and X of the training events, users x items of 0 and
    1."""

    def __init__(self, dataset, ids):
        number = {item: index for index, item in enumerate(ids)}
        of_row = numpy.array([number.get(item, -1) for item in table(dataset, "items")["id"].to_pylist()])
        events = table(dataset, "interactions")
        users, items = events["user"].to_numpy(), of_row[events["item"].to_numpy()]
        self.histories = numpy.split(items, numpy.flatnonzero(numpy.diff(users)) + 1)
        self.training = [history[:-2] if len(history) >= 3 else history for history in self.histories]
        times = events["timestamp"].to_numpy().astype("datetime64[us]").astype(float)
        of_users = numpy.split(times, numpy.flatnonzero(numpy.diff(users)) + 1)
        self.training_times = [times[: len(history)] for times, history in zip(of_users, self.training)]
        self.x = numpy.zeros((len(self.training), len(ids)))
        for user, history in enumerate(self.training):
            self.x[user, history] = 1
        self.counts = numpy.bincount(numpy.concatenate(self.training), minlength=len(ids))

    def ndcg_at_10(self, scores_of, part):
        """`scores_of` takes a history. Full ranking, seen items excluded, ties to the lower index."""
        end, gains = {"valid": -2, "test": -1}[part], []
        for history in self.histories:
            if len(history) < 3:
                continue
            seen, target = history[:end][history[:end] >= 0], history[end]
            if target in seen:
                continue
            scores = scores_of(seen)
            scores[seen] = -numpy.inf
            above = numpy.count_nonzero(scores > scores[target]) if target >= 0 else 10
            ties = numpy.count_nonzero(scores[:target] == scores[target]) if target >= 0 else 0
            rank = above + ties + 1
            gains.append(1 / numpy.log2(1 + rank) if rank <= 10 else 0.0)
        return float(numpy.mean(gains))


def likenesses(x, config):
    """Equations B2 to B7: row i holds the nearest items of i, rounded to float as a model file holds them."""
    met = x.sum(axis=0) > 0
    size = x.sum(axis=0)
    weight = numpy.ones(len(x))
    if config["similarity"] in ("tf-idf", "bm25"):
        weight = numpy.maximum(0, numpy.log(met.sum() / (1 + x.sum(axis=1)))) ** 2
    shared = x.T @ (x * weight[:, None])
    if config["similarity"] == "jaccard":
        denominator = size[:, None] + size[None, :] - shared
    elif config["similarity"] == "bm25":
        length = 1 - config["bm25_b"] + config["bm25_b"] * size / size[met].mean()
        factor = (config["bm25_k1"] * length + 1) / (config["bm25_k1"] + 1)
        denominator = numpy.outer(factor, factor)
    else:
        norm = size if config["similarity"] == "cosine" else x.T @ weight
        denominator = numpy.sqrt(numpy.outer(norm, norm))
    denominator = denominator + config["shrinkage"]
    found = numpy.divide(shared, denominator, out=numpy.zeros_like(shared), where=shared > 0).astype(numpy.float32)
    numpy.fill_diagonal(found, 0)
    if config["neighbors"]:
        for row in found:
            order = numpy.argsort(-row, kind="stable")
            row[order[config["neighbors"]:]] = 0
    return found.astype(float)


def user_scores(x, config):
    """Equation B8 for the sets of training histories: scores of a history, over all items."""
    sets = x[x.any(axis=1)]
    met, size = len(sets), sets.sum(axis=1)
    weight = numpy.ones(x.shape[1])
    if config["similarity"] in ("tf-idf", "bm25"):
        weight = numpy.maximum(0, numpy.log(met / (1 + sets.sum(axis=0)))) ** 2

    def sizes(rows):
        count = rows.sum(axis=-1)
        if config["similarity"] == "bm25":
            length = 1 - config["bm25_b"] + config["bm25_b"] * count / size.mean()
            return (config["bm25_k1"] * length + 1) / (config["bm25_k1"] + 1)
        return rows @ weight

    # Ties go to the first in the order of the sets' items, as the model file keeps them.
    order = sorted(range(len(sets)), key=lambda row: numpy.flatnonzero(sets[row]).tolist())
    sets = sets[order]
    of_sets = sizes(sets)

    def scores_of(history):
        own = numpy.zeros(x.shape[1])
        own[history] = 1
        shared = sets @ (own * weight)
        if config["similarity"] == "jaccard":
            denominator = of_sets + sizes(own) - shared
        else:
            denominator = of_sets * sizes(own)
            denominator = denominator if config["similarity"] == "bm25" else numpy.sqrt(denominator)
        denominator = denominator + config["shrinkage"]
        near = numpy.divide(shared, denominator, out=numpy.zeros_like(shared), where=shared > 0).astype(numpy.float32)
        near[sets @ own == sets.sum(axis=1)] = 0
        kept = numpy.argsort(-near, kind="stable")[: config["neighbors"]]
        votes = numpy.zeros(len(near))
        votes[kept] = near[kept]
        return (votes @ sets).astype(numpy.float32)

    return scores_of


def ease_weights(x, regularization):
    """Equations B10 and B11 over the items that were met, which come first."""
    known = int((x.sum(axis=0) > 0).sum())
    assert not x[:, known:].any()
    inverse = numpy.linalg.inv(x[:, :known].T @ x[:, :known] + regularization * numpy.eye(known))
    weights = -inverse / numpy.diag(inverse)[None, :]
    numpy.fill_diagonal(weights, 0)
    return weights


def sum_of_rows(weights, items):
    """Scores by a matrix of items x items, with zeros for items beyond it."""

    def scores_of(history):
        scores = numpy.zeros(items)
        scores[: weights.shape[1]] = weights[numpy.unique(history)].sum(axis=0)
        return scores.astype(numpy.float32)

    return scores_of


class Ials:
    """Equations B16 to B18 for given vectors of items."""

    def __init__(self, x, config):
        self.x, self.config = x, config
        self.users, self.items = (x.sum(axis=1) > 0).sum(), (x.sum(axis=0) > 0).sum()

    def ridge(self, count, others):
        config = self.config
        frequency = count + config["unobserved_weight"] * others
        return config["regularization"] * frequency ** config["frequency_exponent"]

    def solve(self, vectors, picked, others):
        base = self.config["unobserved_weight"] * vectors.T @ vectors
        chosen = vectors[picked]
        matrix = base + chosen.T @ chosen + self.ridge(len(chosen), others) * numpy.eye(vectors.shape[1])
        return numpy.linalg.solve(matrix, chosen.sum(axis=0))

    def user_vectors(self, items):
        return numpy.array([self.solve(items, numpy.flatnonzero(row), self.items) for row in self.x])

    def item_vectors(self, users):
        return numpy.array([self.solve(users, numpy.flatnonzero(column), self.users) for column in self.x.T])

    def loss(self, users, items):
        scores = users @ items.T
        loss = (self.x * (1 - scores) ** 2).sum() + self.config["unobserved_weight"] * (scores**2).sum()
        loss += (self.ridge(self.x.sum(axis=1), self.items) * (users**2).sum(axis=1)).sum()
        return loss + (self.ridge(self.x.sum(axis=0), self.users) * (items**2).sum(axis=1)).sum()


def standardised(scores):
    """Of equation B20: mean 0 and deviation 1 over all items."""
    scores = scores.astype(numpy.float32).astype(float)
    return (scores - scores.mean()) / scores.std()


def unit_rows(counts, damped):
    """Equations 7 and 8: counts of features, items x features, weighted and of length 1; one item's own counts not."""
    having = (counts > 0).sum(axis=0)
    weight = (1 + numpy.log((1 + len(counts)) / (1 + having))) * (having >= 2)
    logs = 1 + numpy.log(numpy.maximum(counts, 1)) if damped else numpy.ones(counts.shape)
    rows = numpy.where(counts > 0, logs * weight, 0)
    length = numpy.sqrt((rows**2).sum(axis=1, keepdims=True))
    return numpy.divide(rows, length, out=numpy.zeros_like(rows), where=length > 0)


def counted(lists):
    """For each list, how often it has each value."""
    values = sorted({value for values in lists for value in values})
    number = {value: index for index, value in enumerate(values)}
    counts = numpy.zeros((len(lists), len(values)))
    for row, of_row in enumerate(lists):
        for value in of_row:
            counts[row, number[value]] += 1
    return counts


def text_rows(catalogue, order):
    """Equation 7 of the texts of a catalogue in English; `order` gives the row of each item."""
    words = [[] for _ in order]
    for name, kind in kinds(catalogue).items():
        if kind == "text":
            texts = catalogue[name].to_pylist()
            for item, row in enumerate(order):
                words[item] += re.findall(r"\w+(?:['\u2019.]\w+)*", (texts[row] or "").casefold())
    return unit_rows(counted(words), damped=True)


def attribute_rows(catalogue, order):
    """Equation 8 of the categories, lists and numbers of a catalogue."""
    parts = []
    for name, kind in kinds(catalogue).items():
        column = catalogue[name].to_pylist()
        values = [column[row] for row in order]
        if kind == "number":
            known = sorted(value for value in values if value is not None)
            starts = [known[bin * len(known) // 10] for bin in range(1, 10)]
            bins = [[] if value is None else [int(numpy.searchsorted(starts, value, "right"))] for value in values]
            parts.append(counted(bins))
        elif kind == "list":
            parts.append(counted([[value for value in row or [] if value] for row in values]) > 0)
        elif kind == "category":
            parts.append(counted([[value] if value else [] for value in values]))
    return unit_rows(numpy.hstack(parts).astype(float), damped=False)


def kinds(catalogue):
    """The kind of each column of a catalogue but its identifiers."""
    return {field.name: field.metadata[b"attune.kind"].decode() for field in catalogue.schema if field.metadata}
