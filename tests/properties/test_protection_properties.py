"""What must hold for any table: nothing sensitive is found back, the loss is (nearly) the least, names don't count.

Optimum: `pytauargus`, an independent engine (Fischetti–Salazar, its own solver), where its rules can be made the
same as ours; and trying every choice there is for tables small enough.
"""

import itertools
import random
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from pytauargus import protect as tau_argus

from feedback_app.analysis.attacker import feasible
from feedback_app.analysis.disclosure import (
    Cell,
    Figure,
    Policy,
    PublishedTable,
    Table,
    information_loss,
    protect,
)
from feedback_app.analysis.organisations import OrganisationBound
from feedback_app.analysis.protection import Layout, Sums, lines, rolled_up, sensitive_groups

POLICY = Policy.from_mapping(
    yaml.safe_load((Path(__file__).parents[2] / "surveys" / "publication.yaml").read_text("utf-8"))
)
NAMES = ("region", "answer", "mode")
#: shape → how many tables; together hundreds, of which three dozen in three dimensions
SHAPES = {
    (5,): 60,
    (3, 3): 50,
    (4, 3): 25,
    (5, 4): 15,
    (6, 3): 15,
    (2, 2, 2): 30,
    (3, 3, 2): 6,
    (4, 3, 2): 5,
    (3, 4, 3): 3,
}


def random_table(rng: random.Random, shape: tuple[int, ...], most: int = 0) -> Table:
    """Counts of very different size, as regions and kinds of activity have."""
    names = NAMES[: len(shape)]
    dimensions = {n: tuple(f"{n}{i}" for i in range(size)) for n, size in zip(names, shape, strict=True)}
    sizes = [rng.choice((0, 2, 9, 30, 120)) for _ in range(5)]
    keys = itertools.product(*dimensions.values())
    counts = {key: rng.randint(0, most or rng.choice(sizes) + 3) for key in keys}
    answer = rng.choice(("", "answer")) if len(shape) > 1 else ""
    top = dimensions["answer"][:2] if answer and rng.random() < 0.5 and len(dimensions["answer"]) > 2 else ()
    return Table.with_margins("random", dimensions, counts, answer=answer, top=top)


def assert_hides(table: Table, published: PublishedTable) -> None:
    """No secret group, rests and sums included, may be pinned down; looked at apart, one program for each."""
    secrets = sorted(sensitive_groups(Sums(table), POLICY), key=sorted)
    ranges = feasible(published.figures, secrets)
    for group, (low, high) in zip(secrets, ranges, strict=True):
        assert low <= table.count(group) <= high
        assert low == 0 or high - low >= POLICY.smallest_cell, (sorted(map(str, group)), low, high)
    printed = {cell for cell in table.cells if published.figure(cell)}
    assert all(table.cells[cell] >= POLICY.smallest_cell for cell in printed)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_hundreds_of_tables_give_no_secret_back(shape: tuple[int, ...]) -> None:
    rng = random.Random(str(shape))
    something = 0
    for number in range(SHAPES[shape]):
        table = random_table(rng, shape)
        published = protect(table, POLICY)
        assert_hides(table, published)
        if number < 12:
            assert protect(table, POLICY) == published
            assert protect(table, POLICY, released=[published]) == published, "what is out may be said again"
        something += bool(published.figures)
    assert something, "hiding everything is no protection"


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([(5,), (3, 3), (4, 3), (2, 2, 2)]), st.permutations("abcdefgh"))
def test_other_names_change_nothing(seed: int, shape: tuple[int, ...], letters: list[str]) -> None:
    table = random_table(random.Random(seed), shape)

    def renamed(name: str) -> str:
        return name[:-1] + letters[int(name[-1])]

    def named(cell: Cell) -> Cell:
        return Cell(tuple((n, renamed(c)) for n, c in cell.coordinates))

    dimensions = {n: tuple(map(renamed, categories)) for n, categories in table.dimensions.items()}
    totals = tuple(
        type(total)(total.name, frozenset(map(named, total.cells)), total.is_base) for total in table.totals
    )
    other = Table("other", dimensions, {named(c): n for c, n in table.cells.items()}, totals)
    first = {frozenset(map(named, figure.part)) for figure in protect(table, POLICY).figures}
    assert {figure.part for figure in protect(other, POLICY).figures} == first


# --- the least loss -------------------------------------------------------------------------------


def test_no_cheaper_choice_is_safe() -> None:
    """Every choice of numbers to print is tried: the cheapest safe one costs as much as ours."""
    rng, compared = random.Random(3), 0
    while compared < 8:
        shape = rng.choice([(4,), (5,), (2, 3), (3, 3)])
        table = random_table(rng, shape, most=rng.choice((30, 90)))
        published = protect(table, POLICY)
        lay = Layout(table, POLICY)
        if not published.figures or not 1 < len(lay.figures) < 9:
            continue
        compared += 1
        costs = {number: 1 + table.count(figure.part) for number, figure in lay.figures.items()}
        always = information_loss(table, published) - sum(
            costs[n] for n, figure in lay.figures.items() if figure not in published.figures
        )
        least = min(
            sum(costs[n] for n in costs if n not in chosen)
            for size in range(len(costs) + 1)
            for chosen in itertools.combinations(costs, size)
            if is_safe(table, {n: lay.figures[n] for n in chosen})
        )
        assert information_loss(table, published) == always + least


def is_safe(table: Table, printed: dict[int, Figure]) -> bool:
    """Ask the attacker, one program for each secret, and look at what each sum leaves over."""
    figures = list(printed.values())
    out = {figure.part for figure in figures}
    secrets = sensitive_groups(Sums(table), POLICY)
    for total, pieces in lines(table):
        left = [piece for piece in pieces if piece not in out]
        if total not in out or table.count(total) < POLICY.whole_percent_from:
            continue
        if len(left) == 1:
            return False  # the only one withheld is what is left, be it zero
        if not set(left) & secrets:
            continue
        people = [table.count(piece) for piece in left]
        alone = [0, *(1 for number in people if number == 1)]  # who is alone knows the own number
        if any(sum(people) - own < POLICY.smallest_cell for own in alone):
            return False
    return all(
        low == 0 or high - low >= POLICY.smallest_cell for low, high in feasible(figures, list(secrets))
    )


def comparable(rng: random.Random, shape: tuple[int, ...]) -> Table:
    """A table in which both engines hide the same cells first: some of 1 to 4, no zero, no small sum."""
    names = NAMES[: len(shape)]
    dimensions = {n: tuple(f"{n}{i}" for i in range(size)) for n, size in zip(names, shape, strict=True)}
    keys = list(itertools.product(*dimensions.values()))
    counts = {key: rng.randint(25, 90) for key in keys}
    counts |= {key: rng.randint(2, 4) for key in rng.sample(keys, rng.randint(1, 3))}
    return Table.with_margins("random", dimensions, counts)


def least_by_argus(table: Table, folder: Path) -> int:
    """What pytauargus' optimal suppression withholds, counted as we count it."""
    people = [dict(cell.coordinates) for cell, count in table.cells.items() for _ in range(count)]
    columns: dict[str, list[object]] = {name: [one[name] for one in people] for name in table.dimensions}
    result = tau_argus(
        {**columns, "people": [1] * len(people)},
        list(table.dimensions),
        response="people",
        safety_rules="FREQ(5,30)",
        suppress="OPT(1)",
        workdir=str(folder),
    ).tables[0]
    return sum(1 + round(row["people"]) for row in result.rows if row["status"] in "UM")


def test_the_loss_is_at_most_three_tenths_above_the_optimum_of_another_engine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # it writes its logs where one stands
    rng = random.Random(11)
    for number in range(20):
        table = comparable(rng, rng.choice([(3, 3), (4, 4), (6, 4), (5, 5), (3, 3, 3)]))
        optimum = least_by_argus(table, tmp_path / str(number))
        assert information_loss(table, protect(table, POLICY)) <= 1.3 * optimum


# --- rolling up, top sums, dominance --------------------------------------------------------------


def test_small_categories_are_rolled_up_before_anything_is_withheld() -> None:
    counts = {
        (region, kind): people
        for region in ("a", "b")
        for kind, people in (("buddy", 60), ("stage", 4), ("school", 2), ("other", 20))
    }
    dimensions = {"region": ("a", "b"), "kind": ("buddy", "stage", "school", "other")}
    plain = Table.with_margins("t", dimensions, counts)
    rolled = Table.with_margins("t", dimensions, counts, roll_up={"kind": "other"})
    assert rolled_up(rolled, POLICY).cells == plain.cells, "the same people keep their names"
    published = protect(rolled, POLICY)
    # school (4) alone is below every minimum, stage (8) too: both are counted with "other"
    together = [Cell.of(region="a", kind=kind) for kind in ("stage", "school", "other")]
    assert published.figure(*together) is not None
    assert published.figure(Cell.of(region="a", kind="buddy")) is not None
    assert_hides(plain, published)
    lost = plain.count(frozenset(plain.cells)) * 3
    assert sum(1 for _ in published.figures) == 9
    assert information_loss(plain, protect(plain, POLICY)) < lost
    with pytest.raises(ValueError, match="roll up"):
        Table.with_margins("t", dimensions, counts, roll_up={"kind": "none"})


def test_top_sums_are_protected_too() -> None:
    counts = {("a", "1"): 3, ("a", "2"): 40, ("a", "3"): 30, ("b", "1"): 30, ("b", "2"): 40, ("b", "3"): 50}
    dimensions = {"region": ("a", "b"), "answer": ("1", "2", "3")}
    table = Table.with_margins("t", dimensions, counts, answer="answer", top=("1", "2"))
    assert any(total.name.endswith("top") for total in table.totals)
    assert_hides(table, protect(table, POLICY))
    with pytest.raises(ValueError, match="top answer"):
        Table.with_margins("t", dimensions, counts, answer="answer", top=("9",))


def test_what_one_organisation_dominates_is_withheld() -> None:
    counts = {
        ("a", "yes"): 40,
        ("a", "no"): 30,
        ("b", "yes"): 50,
        ("b", "no"): 40,
        ("c", "yes"): 60,
        ("c", "no"): 30,
    }
    dimensions = {"region": ("a", "b", "c"), "answer": ("yes", "no")}
    table = Table.with_margins("t", dimensions, counts, answer="answer")
    group = frozenset(Cell.of(region="a", answer=answer) for answer in ("yes", "no"))
    assert protect(table, POLICY).figure(*group) is not None
    for bound, shown in ((OrganisationBound(8, 20), True), (OrganisationBound(8, 36), False)):
        dominated = replace(table, organisations={group: bound})
        published = protect(dominated, POLICY)
        assert (published.figure(*group) is not None) is shown
        low, high = feasible(published.figures, [group])[0]
        assert shown or low == 0 or high - low >= POLICY.smallest_cell
