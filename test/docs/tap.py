# SPDX-License-Identifier: MIT
"""Reports cases in the form that meson reads."""
import sys
import traceback


def run(*cases):
    """Runs functions: the first line of a docstring is the name, an exception is a failure."""
    print(f"1..{len(cases)}")
    n_failed = 0
    for number, case in enumerate(cases, 1):
        name = case.__doc__.splitlines()[0].rstrip(".")
        try:
            case()
            print(f"ok {number} - {name}")
        except Exception as error:
            n_failed += 1
            print(f"not ok {number} - {name}")
            told = isinstance(error, AssertionError) and str(error)
            for line in (told or traceback.format_exc()).splitlines():
                print(f"# {line}")
        sys.stdout.flush()
    sys.exit(n_failed > 0)


def named(name, function, *arguments):
    """A case that calls a function with arguments."""

    def case():
        function(*arguments)

    case.__doc__ = name
    return case


def skip_all(reason):
    print(f"1..0 # SKIP {reason}")
    sys.exit(0)


def same(found, expected, what):
    """Asserts that two sets are equal, and says what is missing and what is too much."""
    found, expected = set(found), set(expected)
    lines = [f"{what}: lacks {item}" for item in sorted(expected - found)]
    lines += [f"{what}: has {item}, which does not exist" for item in sorted(found - expected)]
    assert not lines, "\n".join(lines)
