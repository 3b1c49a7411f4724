"""The program in a process of its own: its arguments, its progress, its errors."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import threading
from importlib import resources
from typing import Any, Mapping, Sequence

RENAMED = json.loads(resources.files(__package__).joinpath("renamed.json").read_text())
"""Settings whose names mean arrays here, by their names here."""
PROGRESS = re.compile(r"^(?P<what>[\w ]+): (?P<done>\d+) of (?P<total>\d+) (?P<unit>\w+)(?P<more>.*)$")


class PlicaError(RuntimeError):
    """What the program refuses, in its words: the file, the key, what was found, what was expected, what to do."""


class PlicaWarning(UserWarning):
    """What is doubtful in a scan or in an image."""


def command(args: Sequence[str]) -> list[str]:
    """Returns the program with arguments. ``PLICA_DENO`` names another Deno than that of the package ``deno``."""
    deno = os.environ.get("PLICA_DENO")
    if deno is None:
        from deno import find_deno_bin

        deno = os.fsdecode(find_deno_bin())
    program = str(resources.files(__package__).joinpath("program", "cli.js"))
    return [deno, "run", "-A", "--quiet", "--no-config", "--no-lock", program, *args]


def flags(settings: Mapping[str, Any]) -> list[str]:
    """Settings by their names as flags: ``num_epochs=50`` is ``--num-epochs 50``; None leaves one out."""
    found: list[str] = []
    for name, value in settings.items():
        flag = RENAMED.get(name, name).replace("_", "-")
        if value is None:
            continue
        if value is True or value is False:
            found.append(f"--{flag}" if value else f"--no-{flag}")
        else:
            found += [f"--{flag}", str(value)]
    return found


def call(args: Sequence[str], *, progress: bool | None) -> tuple[dict[str, Any], list[str]]:
    """Runs the program to its end and returns its summary and what it warned of. Raises `PlicaError` where it refuses."""
    process = subprocess.Popen(
        command([*args, "--json"]), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        encoding="utf-8",
    )
    assert process.stdout is not None and process.stderr is not None
    lines: list[str] = []
    output: list[str] = []
    # a pipe that nobody reads would stop the program once it is full
    reader = threading.Thread(target=lambda: output.extend(process.stdout), daemon=True)
    reader.start()
    bar = _Bar(progress)
    try:
        for line in process.stderr:
            line = line.rstrip("\n")
            if not bar.show(line):
                lines.append(line)
        process.wait()
        reader.join()
    except BaseException:
        process.send_signal(signal.SIGINT if os.name != "nt" else signal.SIGTERM)
        process.wait()
        raise
    finally:
        bar.close()
        process.stdout.close()
        process.stderr.close()
    prefix = f"plica {args[0]}: "
    try:
        summary = json.loads(output[-1])
    except (IndexError, ValueError):
        said = [line[len(prefix) :] for line in lines if line.startswith(prefix)]
        raise PlicaError(said[-1] if said else "\n".join(lines[-5:])) from None
    return summary, [line[len("warning: ") :] for line in lines if line.startswith("warning: ")]


class _Bar:
    """A bar of tqdm where that is installed: in a notebook and on a terminal, unless told otherwise."""

    def __init__(self, wanted: bool | None):
        self._bar: Any = None
        self._auto: Any = None
        self._of: tuple[str, int] | None = None
        if wanted is False:
            return
        try:
            from tqdm.auto import tqdm
        except ImportError:
            return
        self._auto = tqdm
        self._shown = None if wanted is None else False  # None: only where somebody looks

    def show(self, line: str) -> bool:
        found = PROGRESS.match(line)
        if not found:
            return False
        if self._auto is None:
            return True
        total, done = int(found["total"]), int(found["done"])
        if self._of != (found["what"], total) or done < self._bar.n:
            self.close()
            self._of = (found["what"], total)
            self._bar = self._auto(total=total, desc=found["what"], unit=f" {found['unit']}", disable=self._shown)
        self._bar.update(done - self._bar.n)
        self._bar.set_postfix_str(found["more"].lstrip(", "))
        return True

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = self._of = None
