#!/usr/bin/env python3
"""Times the classical methods beside implicit and numpy on MovieLens-1M, in turn: ./dev bench baselines.

Seconds are those of the fit alone, memory the peak of the whole process. iALS is timed to the loss that implicit
reaches in 15 rounds: both factorise the same matrix with the same weights and regularisation, and the loss is computed
here, for both alike, from the vectors of the items with the best vectors of the users there are."""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import numpy
import scipy.sparse
from safetensors import safe_open

import public_logs

NEIGHBORS = 100
REGULARIZATION = 500  # of EASE
WIDTH, UNOBSERVED, LAMBDA, ROUNDS = 64, 0.1, 0.5, 15  # of iALS


# ---- peers, each in a process of its own

def fit_ease(x):
    gram = (x.T @ x).toarray()
    gram[numpy.diag_indices(len(gram))] += REGULARIZATION
    inverse = numpy.linalg.inv(gram)
    weights = inverse / -numpy.diag(inverse)
    numpy.fill_diagonal(weights, 0)
    return weights


def fit_item_knn(x):
    from implicit.nearest_neighbours import CosineRecommender

    model = CosineRecommender(K=NEIGHBORS + 1)  # an item is its own neighbour there
    model.fit(x, show_progress=False)
    return model.similarity


def fit_ials(x):
    from implicit.cpu.als import AlternatingLeastSquares

    scale = (1 + UNOBSERVED) / UNOBSERVED
    model = AlternatingLeastSquares(factors=WIDTH, regularization=LAMBDA * scale, alpha=scale, iterations=ROUNDS,
                                    random_state=1)  # fmt: skip
    model.fit(x, show_progress=False)
    return model.item_factors / (1 + UNOBSERVED) ** 0.5


def be_peer(name, matrix, out):
    x = scipy.sparse.load_npz(matrix)
    if name == "ease":
        x = x.astype(numpy.float64)
    start = time.perf_counter()
    result = globals()["fit_" + name.replace("-", "_")](x)
    seconds = time.perf_counter() - start
    if name == "ials":
        numpy.save(out, result)
    print(json.dumps({"seconds": seconds}))


# ---- measuring

# A process counts the memory of the one that it was forked from, which is this large one: a small one starts it.
LAUNCHER = """
import json, os, subprocess, sys
process = subprocess.Popen(sys.argv[1:])
_, status, usage = os.wait4(process.pid, 0)
print(json.dumps(usage.ru_maxrss / 1024), file=sys.stderr)
sys.exit(1 if status else 0)
"""


def run(command, environment):
    """What the command prints as JSON, and its peak memory in MB."""
    words = [sys.executable, "-S", "-c", LAUNCHER, *map(str, command)]
    done = subprocess.run(words, capture_output=True, text=True, env=environment)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}: failed\n{done.stderr}")
    return json.loads(done.stdout), json.loads(done.stderr.splitlines()[-1])


def peer_environment(name):
    """numpy chooses the kernels for this CPU; implicit shares out work itself and asks for a single thread of BLAS."""
    environment = {key: value for key, value in os.environ.items()
                   if key not in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")}  # fmt: skip
    return environment if name == "ease" else environment | {"OPENBLAS_NUM_THREADS": "1"}


class Bench:
    def __init__(self, folder, data):
        self.folder, self.dataset, self.matrix = folder, folder / "dataset", folder / "matrix.npz"
        self.attune("import", *public_logs.import_words("ml-1m", data), "--out", self.dataset)
        self.train("popularity")
        with safe_open(folder / "popularity", framework="numpy") as file:
            offsets = file.get_tensor("items.id_offsets")
            ids = file.get_tensor("items.id_bytes").tobytes()
        number = {ids[a:b].decode(): index for index, (a, b) in enumerate(zip(offsets[:-1], offsets[1:]))}
        pairs = set()
        with open(data / "ml-1m" / "ratings.dat", encoding="latin1") as lines:
            for line in lines:
                user, item = line.split("::")[:2]
                pairs.add((int(user) - 1, number[item]))
        users, items = numpy.array(sorted(pairs)).T
        shape = (users.max() + 1, items.max() + 1)
        self.x = scipy.sparse.csr_matrix((numpy.ones(len(users), numpy.float32), (users, items)), shape=shape)
        scipy.sparse.save_npz(self.matrix, self.x)

    def attune(self, *words):
        return run([os.environ["ATTUNE_BINARY"], *words, "--json", "--quiet"], os.environ)

    def train(self, model, *words):
        found, memory = self.attune("train", self.dataset, "--model", model, "--split", "none", "--out",
                                    self.folder / model, *words)  # fmt: skip
        return found["seconds"], memory

    def peer(self, name):
        command = [sys.executable, __file__, "--peer", name, self.matrix, self.folder / "peer.npy"]
        found, memory = run(command, peer_environment(name))
        return found["seconds"], memory

    def ials(self, rounds):
        words = ["--width", WIDTH, "--unobserved-weight", UNOBSERVED, "--regularization", LAMBDA]
        timed = self.train("ials", *words, "--frequency-exponent", 0, "--iterations", rounds)
        with safe_open(self.folder / "ials", framework="numpy") as file:
            return timed, self.loss(file.get_tensor("model.item_vectors")[: self.x.shape[1]])

    def loss(self, vectors):
        """Equation B16 with the users' vectors that are best for these of the items."""
        vectors = vectors.astype(float)
        base = UNOBSERVED * vectors.T @ vectors
        loss = LAMBDA * (vectors**2).sum()
        for row in range(self.x.shape[0]):
            chosen = vectors[self.x.indices[self.x.indptr[row] : self.x.indptr[row + 1]]]
            matrix = base + chosen.T @ chosen + LAMBDA * numpy.eye(WIDTH)
            target = chosen.sum(axis=0)
            loss += len(chosen) - target @ numpy.linalg.solve(matrix, target)
        return loss

    def rounds_to(self, loss):
        """The fewest rounds after which our loss is no larger."""
        for rounds in range(1, 4 * ROUNDS):
            if self.ials(rounds)[1] <= loss:
                return rounds
        sys.exit(f"ials does not reach a loss of {loss:.1f}")


def compare(bench, turns):
    rows = {"item-knn": ([], []), "ease": ([], []), "ials": ([], [])}
    bench.peer("ials")
    peer_loss = bench.loss(numpy.load(bench.folder / "peer.npy"))
    rounds = bench.rounds_to(peer_loss)
    for _ in range(turns):
        for name, (ours, theirs) in rows.items():
            if name == "ials":
                timed, own_loss = bench.ials(rounds)
                ours.append(timed)
            else:
                words = ["--neighbors", NEIGHBORS] if name == "item-knn" else ["--regularization", REGULARIZATION]
                ours.append(bench.train(name, *words))
            theirs.append(bench.peer(name))
    print(f"iALS: loss {peer_loss:,.0f} after {ROUNDS} rounds of implicit, {own_loss:,.0f} after {rounds} of attune\n")
    print("| method | attune, s | MB | peer | s | MB | peer / attune |")
    print("|---|---:|---:|---|---:|---:|---:|")
    peers = {"item-knn": "implicit", "ease": "numpy, double", "ials": "implicit"}
    for name, (ours, theirs) in rows.items():
        seconds, memory = (statistics.median(values) for values in zip(*ours))
        peer_seconds, peer_memory = (statistics.median(values) for values in zip(*theirs))
        print(f"| {name} | {seconds:.3f} | {memory:.0f} | {peers[name]} | {peer_seconds:.3f} | {peer_memory:.0f} "
              f"| {peer_seconds / seconds:.2f} |")  # fmt: skip


def main():
    parser = argparse.ArgumentParser(prog="./dev bench baselines", description=__doc__.split("\n\n")[0])
    parser.add_argument("--peer", nargs=3, help=argparse.SUPPRESS)
    parser.add_argument("--turns", type=int, default=5, help="how often each is timed; medians are printed")
    options = parser.parse_args()
    if options.peer:
        be_peer(*options.peer)
        return
    data = public_logs.folder()
    if data is None or not (data / "ml-1m").is_dir():
        sys.exit("$ATTUNE_DATA must name a folder of public logs that has ml-1m")
    with tempfile.TemporaryDirectory() as folder:
        compare(Bench(pathlib.Path(folder), data), options.turns)


if __name__ == "__main__":
    main()
