"""`attune attend` against numpy, and against the example worked by hand."""

import numpy
import pyarrow.parquet
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies

BOUNDED = settings(
    max_examples=30,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def softmax(logits):
    weights = numpy.exp(logits - logits.max(axis=1, keepdims=True))
    return weights / weights.sum(axis=1, keepdims=True)


def attention(queries, keys, scale=1.0, cosine=False, prior=None):
    if cosine:
        queries, keys = unit_rows(queries), unit_rows(keys)
    logits = scale * (queries @ keys.T)
    return softmax(logits if prior is None else logits + numpy.log(prior))


def unit_rows(matrix):
    lengths = numpy.sqrt((matrix * matrix).sum(axis=1, keepdims=True))
    return numpy.divide(matrix, lengths, out=numpy.zeros_like(matrix), where=lengths > 0)


def masked(weights):
    weights = weights.copy()
    numpy.fill_diagonal(weights, 0)
    return weights / weights.sum(axis=1, keepdims=True)


class Folder:
    """Where a test's matrices lie."""

    def __init__(self, path, attune):
        self.path, self.attune = path, attune

    def save(self, name, matrix):
        numpy.save(self.path / f"{name}.npy", matrix)
        return self.path / f"{name}.npy"

    def attend(self, users, items, *words):
        out = self.path / "a.npy"
        self.attune(
            "attend", "--user-features", self.save("u", users), "--item-features", self.save("v", items),
            "--out-attention", out, *words,
        )  # fmt: skip
        return numpy.load(out)

    def predict(self, form, features, ratings, *words):
        """Predictions; `features` is the one matrix that the form uses, or for literal both."""
        out = self.path / "p.npy"
        flags = {"user-user": ["--user-features"], "item-item": ["--item-features"]}.get(
            form, ["--user-features", "--item-features"]
        )
        given_features = []
        for flag, matrix in zip(flags, features):
            given_features += [flag, self.save(flag[2:], matrix)]
        self.attune(
            "attend", *given_features, "--ratings", self.save("r", ratings), "--predict", form,
            "--out-predictions", out, *words,
        )  # fmt: skip
        return numpy.load(out)


@pytest.fixture
def folder(tmp_path, attune):
    return Folder(tmp_path, attune)


# The example: five users, five items, features that grow alike.
U = numpy.array([[1, 0, 0, 0, 0], [1, 1, 0, 0, 0], [1, 1, 1, 0, 0], [1, 0, 0, 0, 0], [1, 0, 0, 0, 0]], dtype=float)
V = numpy.eye(5)
R = numpy.array([[4, 3, 2, 1, 0], [3, 2, 1, 0, 0], [2, 1, 0, 0, 0], [1, 0, 0, 0, 0], [0, 0, 0, 0, 0]], dtype=float)
FIRST = [0.40460967519169] + [0.148847581202078] * 4
SECOND = [0.322202491322402] * 2 + [0.118531672451732] * 3
THIRD = [0.267683228895343] * 3 + [0.098475156656986] * 2
A = numpy.array([FIRST, SECOND, THIRD, FIRST, FIRST])
FIRST_P = [2.511524187979224, 1.660371769181302, 0.958066931585457, 0.40460967519169, 0]
P = numpy.array(
    [
        FIRST_P,
        [2.611012456612011, 1.729544129063743, 0.966607473967207, 0.322202491322402, 0],
        [2.50762421671507, 1.606099373372056, 0.803049686686028, 0.267683228895343, 0],
        FIRST_P,
        FIRST_P,
    ]
)


def test_the_worked_example_gives_its_numbers(folder):
    numpy.testing.assert_allclose(folder.attend(U, V), A, rtol=0, atol=1e-14)
    numpy.testing.assert_allclose(folder.predict("literal", [U, V], R), P, rtol=0, atol=2e-14)


def test_the_worked_example_is_printed_from_csv(attune, tmp_path):
    for name, matrix in {"u": U, "v": V, "r": R}.items():
        numpy.savetxt(tmp_path / f"{name}.csv", matrix, delimiter=",", fmt="%g")
    words = ["--user-features", "u.csv", "--item-features", "v.csv", "--ratings", "r.csv"]
    found = attune.json("attend", *words, cwd=tmp_path)
    assert (found["rows"], found["columns"], found["width"], found["precision"]) == (5, 5, 5, "double")
    numpy.testing.assert_allclose(found["attention"], A, rtol=0, atol=1e-14)
    numpy.testing.assert_allclose(found["predictions"], P, rtol=0, atol=2e-14)
    text = attune("attend", *words, cwd=tmp_path).stdout
    assert "0.4046" in text and "2.611" in text


sizes = strategies.integers(1, 40)
seeds = strategies.integers(0, 2**32 - 1)
COSINE = ("--similarity", "cosine")
options = strategies.sampled_from([(), COSINE, ("--scale", "0.25"), (*COSINE, "--scale", "7")])


def keywords(words):
    pairs = dict(zip(words[::2], words[1::2]))
    return {"cosine": pairs.get("--similarity") == "cosine", "scale": float(pairs.get("--scale", 1))}


@BOUNDED
@given(rows=sizes, columns=sizes, width=strategies.integers(1, 20), seed=seeds, words=options)
def test_double_agrees_with_numpy_within_1e_12(folder, rows, columns, width, seed, words):
    random = numpy.random.default_rng(seed)
    users, items = random.normal(size=(rows, width)), random.normal(size=(columns, width))
    users[random.random(rows) < 0.1] = 0
    found = folder.attend(users, items, *words)
    assert found.dtype == numpy.float64
    numpy.testing.assert_allclose(found, attention(users, items, **keywords(words)), rtol=0, atol=1e-12)


@BOUNDED
@given(rows=sizes, columns=sizes, width=strategies.integers(1, 20), seed=seeds)
def test_float_agrees_within_the_rounding_of_its_logits(folder, rows, columns, width, seed):
    random = numpy.random.default_rng(seed)
    users = random.normal(size=(rows, width)).astype(numpy.float32)
    items = random.normal(size=(columns, width)).astype(numpy.float32)
    found = folder.attend(users, items)
    assert found.dtype == numpy.float32
    # A sum of D products errs by at most D half-units of sum |u v|; two logits meet in a weight, whose relative error
    # is theirs. Sixteen half-units are left for exp and the division.
    largest = (numpy.abs(users.astype(float)) @ numpy.abs(items.astype(float)).T).max()
    tolerance = (2 * width * largest + 2 * largest + 16) * 2.0**-24
    expected = attention(users.astype(float), items.astype(float))
    numpy.testing.assert_allclose(found, expected, rtol=tolerance, atol=1e-37)
    numpy.testing.assert_allclose(found.astype(float).sum(axis=1), 1, rtol=0, atol=2.0**-20)


@BOUNDED
@given(rows=sizes, columns=sizes, seed=seeds)
def test_a_prior_multiplies_and_zero_masks(folder, rows, columns, seed):
    random = numpy.random.default_rng(seed)
    users, items = random.normal(size=(rows, 4)), random.normal(size=(columns, 4))
    prior = random.random(columns) * (random.random(columns) < 0.7)
    prior[random.integers(columns)] = 0.5
    found = folder.attend(users, items, "--prior", folder.save("prior", prior))
    with numpy.errstate(divide="ignore"):
        numpy.testing.assert_allclose(found, attention(users, items, prior=prior), rtol=0, atol=1e-12)
    assert (found[:, prior == 0] == 0).all()


def weighted(weights, ratings, missing):
    """Sums of known ratings by row of `weights`, over what is known if `missing`."""
    known = ~numpy.isnan(ratings) & (ratings != 0)
    sums = weights @ numpy.where(known, ratings, 0)
    if not missing:
        return sums
    with numpy.errstate(invalid="ignore"):
        return sums / (weights @ known)


def random_ratings(random, users, items):
    ratings = random.integers(1, 6, size=(users, items)).astype(float)
    ratings[random.random((users, items)) < 0.5] = numpy.nan
    ratings[random.random((users, items)) < 0.1] = 0
    return ratings


@BOUNDED
@given(users=strategies.integers(2, 25), items=strategies.integers(2, 25), seed=seeds, mask=strategies.booleans(),
       unrated=strategies.sampled_from(["zero", "missing"]))  # fmt: skip
def test_predictions_from_users_and_from_items_agree_with_numpy(folder, users, items, seed, mask, unrated):
    random = numpy.random.default_rng(seed)
    of_users, of_items = random.normal(size=(users, 3)), random.normal(size=(items, 3))
    ratings = random_ratings(random, users, items)
    words = ["--unrated", unrated, *(["--mask-self"] if mask else [])]
    change = masked if mask else (lambda weights: weights)

    found = folder.predict("user-user", [of_users], ratings, *words)
    expected = weighted(change(attention(of_users, of_users)), ratings, unrated == "missing")
    numpy.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)

    found = folder.predict("item-item", [of_items], ratings, *words)
    expected = weighted(change(attention(of_items, of_items)), ratings.T, unrated == "missing").T
    numpy.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)


def test_other_shapes_than_square_are_refused_and_the_right_forms_named(folder, attune):
    flags = ["attend", "--user-features", folder.save("u", numpy.ones((3, 2))), "--item-features"]
    flags += [folder.save("v", numpy.ones((4, 2))), "--ratings", folder.save("r", numpy.ones((3, 4)))]
    why = attune.refused(*flags, "--out-predictions", folder.path / "p.npy")
    assert "3" in why and "4" in why
    assert "user-user" in why and "item-item" in why
    assert not (folder.path / "p.npy").exists()


@pytest.mark.parametrize("form", ["user-user", "item-item", "literal"])
def test_ratings_of_another_shape_are_refused_with_both_counts(form, folder, attune):
    features = numpy.ones((6, 2))
    flags = ["--user-features", folder.save("u", features), "--item-features", folder.save("v", features)]
    ratings = folder.save("r", numpy.ones((7, 9)))
    why = attune.refused("attend", *flags, "--ratings", ratings, "--predict", form)
    assert "6" in why and ("7" in why or "9" in why)


def test_widths_that_differ_are_refused(folder, attune):
    narrow, wide = folder.save("u", numpy.ones((3, 2))), folder.save("v", numpy.ones((3, 5)))
    why = attune.refused("attend", "--user-features", narrow, "--item-features", wide)
    assert "2" in why and "5" in why


@pytest.mark.parametrize("value", [numpy.nan, numpy.inf, -numpy.inf])
def test_features_that_are_not_finite_are_refused_with_their_place(value, folder, attune):
    users = numpy.ones((4, 3))
    users[2, 1] = value
    files = folder.save("u", users), folder.save("v", numpy.ones((3, 3)))
    why = attune.refused("attend", "--user-features", files[0], "--item-features", files[1])
    assert "2" in why and "1" in why


@pytest.mark.parametrize("kind", [numpy.float32, numpy.float64])
def test_large_features_do_not_overflow(kind, folder):
    random = numpy.random.default_rng(5)
    users = (random.choice([-1e4, 1e4], size=(50, 16))).astype(kind)
    items = (random.choice([-1e4, 1e4], size=(60, 16))).astype(kind)
    found = folder.attend(users, items)
    assert numpy.isfinite(found).all()
    numpy.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-6)
    numpy.testing.assert_allclose(found, attention(users.astype(float), items.astype(float)), rtol=0, atol=1e-6)


def largest(weights, k):
    order = numpy.argsort(-weights, axis=1, kind="stable")[:, :k]  # ties by index
    return order, numpy.take_along_axis(weights, order, axis=1)


@BOUNDED
@given(rows=sizes, columns=strategies.integers(1, 200), k=strategies.integers(1, 60), seed=seeds)
def test_top_k_is_the_start_of_a_stable_sort(folder, rows, columns, k, seed):
    random = numpy.random.default_rng(seed)
    users = random.integers(-1, 2, size=(rows, 3)).astype(float)  # few values, so that many weights are equal
    items = random.integers(-1, 2, size=(columns, 3)).astype(float)
    dense = folder.attend(users, items)
    sparse = folder.attend(users, items, "--top-k", str(k)).reshape(rows, -1, 3)
    order, weights = largest(dense, k)
    assert (sparse[:, :, 0] == numpy.arange(rows)[:, None]).all()
    assert (sparse[:, :, 1] == order).all()
    numpy.testing.assert_allclose(sparse[:, :, 2], weights, rtol=0, atol=1e-15)


@pytest.mark.parametrize("kind", [numpy.float32, numpy.float64])
def test_npy_csv_and_parquet_hold_the_same_numbers(kind, folder, attune):
    random = numpy.random.default_rng(11)
    users, items = random.normal(size=(33, 5)).astype(kind), random.normal(size=(17, 5)).astype(kind)
    found = folder.attend(users, items)
    flags = ["attend", "--user-features", folder.path / "u.npy", "--item-features", folder.path / "v.npy"]
    for name in ["a.csv", "a.parquet"]:
        attune(*flags, "--out-attention", folder.path / name)
    assert (numpy.loadtxt(folder.path / "a.csv", delimiter=",", dtype=kind) == found).all()
    table = pyarrow.parquet.read_table(folder.path / "a.parquet")
    assert (numpy.stack([column.to_numpy() for column in table.columns], axis=1) == found).all()

    entries = folder.attend(users, items, "--top-k", "4")
    for name in ["k.csv", "k.parquet"]:
        attune(*flags, "--out-attention", folder.path / name, "--top-k", "4")
    assert (numpy.loadtxt(folder.path / "k.csv", delimiter=",").astype(kind) == entries.astype(kind)).all()
    table = pyarrow.parquet.read_table(folder.path / "k.parquet")
    assert table.column_names == ["row", "column", "weight"]
    assert (numpy.stack([column.to_numpy() for column in table.columns], axis=1) == entries).all()


def test_a_heat_map_is_a_picture(folder, attune):
    (folder.path / "labels.txt").write_text("".join(f"用户 {i}\n" for i in range(5)), encoding="utf-8")
    attune(
        "attend", "--user-features", folder.save("u", U), "--item-features", folder.save("v", V),
        "--out-attention", folder.path / "a.png", "--row-labels", folder.path / "labels.txt",
    )  # fmt: skip
    assert (folder.path / "a.png").read_bytes().startswith(b"\x89PNG\r\n\x1a\n")


def test_the_number_of_threads_changes_no_byte(folder):
    random = numpy.random.default_rng(17)
    users, items = random.normal(size=(300, 24)), random.normal(size=(500, 24))
    answers = [folder.attend(users, items, "--threads", str(threads)).tobytes() for threads in (1, 2, 5)]
    assert answers[0] == answers[1] == answers[2]
