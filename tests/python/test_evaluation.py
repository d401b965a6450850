"""What `attune evaluate` prints, computed a second time with numpy from the log itself."""

import numpy
import pytest
from program import Sample

CUTOFFS = [5, 10, 20, 50]


class Protocol:
    """Leave-one-out on the sample: histories, the numbering of a model's items, training counts."""

    def __init__(self, sample):
        histories = {}
        for event in sample.log:
            histories.setdefault(event["user"], []).append((int(event["timestamp"]), event["item"]))
        self.histories = []
        for events in histories.values():
            events.sort(key=lambda event: event[0])  # stable
            self.histories.append([item for _, item in events])
        training = [history[:-2] if len(history) >= 3 else history for history in self.histories]
        met = list(dict.fromkeys(item for history in training for item in history))
        unmet = sorted({row["item"] for row in sample.items} - set(met), key=str.encode)
        self.items = {item: index for index, item in enumerate(met + unmet)}
        self.counts = numpy.zeros(len(self.items))
        for history in training:
            for item in history:
                self.counts[self.items[item]] += 1

    def cases(self, part):
        """Pairs (history, target) in the model's numbering."""
        end = {"valid": -2, "test": -1}[part]
        for history in self.histories:
            if len(history) >= 3:
                numbers = [self.items[item] for item in history]
                yield numbers[:end], numbers[end]


def popularity_metrics(protocol, part, seen):
    metrics = {f"{name}@{k}": [] for name in ["hit_rate", "recall", "ndcg", "mrr", "map"] for k in CUTOFFS}
    recommended, novelty = set(), []
    scores = numpy.log1p(protocol.counts)
    for history, target in protocol.cases(part):
        if seen == "exclude" and target in history:
            continue  # it cannot be recommended
        order = numpy.lexsort((numpy.arange(len(scores)), -scores))
        if seen == "exclude":
            order = order[~numpy.isin(order, history)]
        rank = int(numpy.nonzero(order == target)[0][0]) + 1
        for k in CUTOFFS:
            hit = float(rank <= k)
            metrics[f"hit_rate@{k}"].append(hit)
            metrics[f"recall@{k}"].append(hit)
            metrics[f"ndcg@{k}"].append(hit / numpy.log2(1 + rank))
            metrics[f"mrr@{k}"].append(hit / rank)
            metrics[f"map@{k}"].append(hit / rank)
        recommended.update(order[:10].tolist())
        novelty.extend(-numpy.log2(protocol.counts[order[:10]] / protocol.counts.sum()))
    averages = {name: float(numpy.mean(values)) for name, values in metrics.items()}
    averages["coverage@10"] = len(recommended) / len(scores)
    averages["novelty@10"] = float(numpy.mean(novelty))
    return averages, len(metrics["ndcg@10"])


@pytest.mark.parametrize("seen", ["exclude", "keep"])
@pytest.mark.parametrize("part", ["valid", "test"])
def test_leave_one_out_of_popularity_agrees_with_numpy(part, seen, attune, sample, train):
    found = attune.json("evaluate", train("popularity"), sample.dataset, "--part", part, "--seen", seen)
    protocol = Protocol(sample)
    expected, users = popularity_metrics(protocol, part, seen)
    assert found["protocol"]["split"] == "leave-one-out"
    assert found["protocol"]["part"] == part
    assert found["protocol"]["seen"] == seen
    assert found["protocol"]["catalogue"] == len(protocol.items)
    assert found["protocol"]["users"] == users
    assert found["seconds"] >= 0
    assert set(found["metrics"]) >= set(expected)
    for name, value in expected.items():
        assert found["metrics"][name] == pytest.approx(value, rel=0, abs=1e-9), name


def test_training_reports_what_evaluate_says_of_the_validation_part(attune, sample, tmp_path):
    model = tmp_path / "model"
    trained = attune.json("train", sample.dataset, "--model", "similarity", "--out", model)
    evaluated = attune.json("evaluate", model, sample.dataset, "--part", "valid")
    assert trained["metrics"] == evaluated["metrics"]
    assert trained["protocol"] == evaluated["protocol"]
    assert evaluated["protocol"]["split"] == "time"


@pytest.fixture(scope="module")
def default_sample(attune, tmp_path_factory):
    """Of the size that people get who say nothing of it: on smaller ones a few dozen users decide."""
    return Sample(attune, tmp_path_factory.mktemp("default_sample"))


@pytest.mark.parametrize("split, margin", [("leave-one-out", 1.5), ("time", 1), ("users", 1)])
def test_similarity_beats_popularity_on_the_sample(split, margin, attune, default_sample, tmp_path):
    scores = {}
    for name in ["popularity", "similarity"]:
        words = ["train", default_sample.dataset, "--model", name, "--split", split, "--out", tmp_path / name]
        scores[name] = attune.json(*words)["metrics"]
    assert scores["similarity"]["ndcg@10"] > margin * scores["popularity"]["ndcg@10"]


def test_the_number_of_threads_changes_no_metric(attune, sample, train):
    words = ["evaluate", train("similarity"), sample.dataset, "--threads"]
    one, many = attune.json(*words, 1), attune.json(*words, 4)
    assert one["metrics"] == many["metrics"]


def test_events_of_the_test_part_change_nothing_of_a_model(attune, sample, tmp_path):
    """Leave-one-out: other last events give the same model, byte for byte apart from the dataset's own marks."""
    last = {}
    for number, event in enumerate(sample.log):
        if event["user"] not in last or int(event["timestamp"]) >= int(sample.log[last[event["user"]]]["timestamp"]):
            last[event["user"]] = number
    lines = ["user,item,rating,timestamp"]
    for number, event in enumerate(sample.log):
        item = sample.items[0]["item"] if last[event["user"]] == number else event["item"]
        lines.append(f"{event['user']},{item},{event['rating']},{event['timestamp']}")
    (tmp_path / "log.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    attune("import", tmp_path / "log.csv", *sample.tables(), "--out", tmp_path / "other")
    tensors = []
    for dataset in [sample.dataset, tmp_path / "other"]:
        attune("train", dataset, "--model", "similarity", "--split", "leave-one-out", "--out", tmp_path / "model")
        data = (tmp_path / "model").read_bytes()
        tensors.append(data[8 + int.from_bytes(data[:8], "little"):])
    assert tensors[0] == tensors[1]
