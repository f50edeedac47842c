"""Print every figure beside its comparison: `make bench`. Nothing here passes or fails on a time."""

import importlib
import pkgutil
import sys

import tests.benchmarks


def main() -> None:
    """Run each `bench_*` module named on the command line, or all of them."""
    wanted = sys.argv[1:]
    for module in pkgutil.iter_modules(tests.benchmarks.__path__):
        if module.name.startswith("bench_") and (not wanted or module.name.removeprefix("bench_") in wanted):
            for figure in importlib.import_module(f"tests.benchmarks.{module.name}").figures():
                print(figure, flush=True)


main()
