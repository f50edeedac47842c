"""Who codes a remark twice, and how far two colleagues agree."""

import pytest

from feedback_app.analysis.policy import Policy
from feedback_app.questionnaires.loading import read_yaml
from feedback_app.remarks.agreement import Coded, agreements
from feedback_app.remarks.kappa import cohens_kappa, kappa_of
from feedback_app.remarks.twice import coded_twice, waits_after
from feedback_app.shipped import default_surveys_dir


def test_the_published_vector_gives_four_tenths() -> None:
    assert cohens_kappa(20, 5, 10, 15) == pytest.approx(0.40)
    said = [(True, True)] * 20 + [(True, False)] * 5 + [(False, True)] * 10 + [(False, False)] * 15
    assert kappa_of(said) == pytest.approx(0.40)
    assert cohens_kappa(0, 0, 0, 9) is None and cohens_kappa(0, 0, 0, 0) is None
    assert cohens_kappa(5, 0, 0, 5) == 1 and cohens_kappa(0, 5, 5, 0) == -1
    with pytest.raises(ValueError):
        cohens_kappa(-1, 0, 0, 2)


def test_one_in_five_is_coded_twice_whoever_looks() -> None:
    keys = [f"{number:032x}" for number in range(5000)]
    chosen = [key for key in keys if coded_twice(key)]
    assert 0.18 < len(chosen) / len(keys) < 0.22
    assert chosen == [key for key in keys if coded_twice(key)]


def test_whom_a_remark_waits_for() -> None:
    assert waits_after("first", twice=False, agreed=False) == ""
    assert waits_after("first", twice=True, agreed=True) == "second"
    assert waits_after("second", twice=True, agreed=True) == ""
    assert waits_after("second", twice=True, agreed=False) == "third"
    assert waits_after("third", twice=True, agreed=False) == ""


def test_agreement_is_shown_above_the_thresholds_alone() -> None:
    policy = Policy.from_mapping(read_yaml(default_surveys_dir() / "publication.yaml"))
    same, other = frozenset({"T01"}), frozenset({"T02"})
    coded = [Coded("nl", same, same)] * 15 + [Coded("nl", other, same)] * 6 + [Coded("ti", same, same)] * 9
    found = agreements(coded, policy, ("T01", "T02", "T03"))
    assert found.base == "30–49"
    assert {one.key: (one.base, one.kappa) for one in found.languages} == {
        "nl": ("20–29", "0.57"),
        "ti": ("", ""),
    }
    assert {one.key: one.kappa for one in found.themes} == {"T01": "0.00", "T02": "0.00", "T03": ""}
    rare = [*coded, *[Coded("nl", same, same | {"T03"})] * 4]
    assert {one.key: (one.base, one.kappa) for one in agreements(rare, policy, ("T01", "T03")).themes} == {
        "T01": ("30–49", "0.00"),
        "T03": ("", ""),
    }, "four remarks that one of two gave it to are a small group"
    few = agreements(coded[-9:], policy, ("T01",))
    assert (few.base, few.themes[0].base) == ("", "")
