"""Which region a municipality's NIS code lies in."""

from collections.abc import Mapping

from feedback_app.regions import Region


def by_nis(regions: Mapping[str, Region], code: str) -> str | None:
    """The key of the region a NIS code of five digits lies in, or None.

    Regions are given by the beginnings of codes; the longest wins, as Gent (44021) within Gent-rand (44).
    """
    fitting = [
        (len(prefix), region.key)
        for region in regions.values()
        for prefix in region.nis
        if code.startswith(prefix)
    ]
    return max(fitting)[1] if len(code) == 5 and code.isdecimal() and fitting else None
