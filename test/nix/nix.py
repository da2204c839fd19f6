# SPDX-License-Identifier: MIT
"""Nix with a store of its own, and what evaluate.nix says."""
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent

_work = tempfile.TemporaryDirectory(prefix="baf-nix.")  # as long as the program runs
WORK = Path(_work.name)
STORE = WORK / "store"


def run(*command, **options):
    """Runs a command to its end, with the time that it needs."""
    return subprocess.run(
        list(map(str, command)),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        **options,
    )


def succeed(*command, **options):
    """Returns what the command prints."""
    done = run(*command, **options)
    how = f"{command[0]} ended with {done.returncode}"
    assert done.returncode == 0, f"{how}:\n{done.stdout}{done.stderr}"
    return done.stdout


def _prepare():
    for name in ("config", "home"):
        (WORK / name).mkdir()
    (WORK / "config" / "nix.conf").write_text(
        "experimental-features = nix-command flakes\n"
        "build-users-group =\nsubstituters =\nflake-registry =\n"
    )
    os.environ.update(
        HOME=str(WORK / "home"),
        NIX_CONF_DIR=str(WORK / "config"),
        NIX_LOG_DIR=str(WORK / "log"),
        NIX_STATE_DIR=str(WORK / "state"),
        NIX_STORE_DIR=str(STORE),
        NIX_PATH="",
    )
    os.environ.pop("NIX_REMOTE", None)


def evaluate_or_fail(attribute):
    """An attribute of evaluate.nix, as the finished process."""
    command = ["nix-instantiate", "--eval", "--strict", "--json"]
    return run(*command, HERE / "evaluate.nix", "-A", attribute)


def evaluate(attribute):
    """An attribute of evaluate.nix; the program ends if that is not possible."""
    done = evaluate_or_fail(attribute)
    if done.returncode != 0:
        sys.exit(f"{attribute} cannot be evaluated:\n{done.stderr}")
    return json.loads(done.stdout)


def without_store(text):
    """The text with STORE- where a path in the store begins."""
    return re.sub(re.escape(str(STORE)) + "/[0-9a-z]{32}-", "STORE-", text)


_prepare()
