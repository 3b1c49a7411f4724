"""Calls of the program with NumPy arrays."""

from __future__ import annotations

import json
import os
import tempfile
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Union

import numpy as np

from ._program import PlicaError, PlicaWarning, call, flags

Scan = Union[np.ndarray, str, "os.PathLike[str]"]


@dataclass(frozen=True)
class Reconstruction:
    """An image of a sample with what it is worth."""

    object: np.ndarray
    """Transmission, complex64, (height, width); pixel (r, c) lies at y = r + y0, x = c + x0 of the positions."""
    x0: float
    y0: float
    probe: np.ndarray | None
    """Modes of the probe, complex64, (P, N, N); None where the network made the image."""
    x: np.ndarray | None
    """Positions in object pixels, corrected where that was asked for."""
    y: np.ndarray | None
    weight: np.ndarray
    """Light that fell on each pixel, (height, width)."""
    losses: np.ndarray | None
    """Misfit before each epoch's updates."""
    verdict: dict[str, Any]
    """`word` (good, doubtful, failed), `explained`, `overNoise`, `reasons`, `remarks`."""
    pixel_size_m: float | None
    summary: dict[str, Any] = field(repr=False)
    """Everything that the program reported."""

    @property
    def amplitude(self) -> np.ndarray:
        return np.abs(self.object)

    @property
    def phase(self) -> np.ndarray:
        return np.angle(self.object)


def reconstruct(
    patterns: Scan,
    x: Any = None,
    y: Any = None,
    *,
    probe: Any = None,
    mask: Any = None,
    pixel_size_m: float | None = None,
    output_dir: str | os.PathLike[str] | None = None,
    progress: bool | None = None,
    **settings: Any,
) -> Reconstruction:
    """Reconstructs a scan with an iterative solver.

    `patterns`: (n, N, N), zero frequency at N/2: integers are photon counts, floats their square roots, unless
    `measurement` says otherwise; or the path of any scan file that ``plica inspect`` knows. `x`, `y`: positions in object
    pixels, n each. `probe`: (N, N) or (P, N, N) complex. `mask`: (N, N), 0 where a pixel is bad. `settings`: those of
    ``plica reconstruct --help`` with underscores, such as ``algorithm="OSM"``, ``num_epochs=50``, ``positions=True``,
    ``probe_from="auto"``; ``update_probe=False`` keeps the probe as it is. Pictures stay in `output_dir` where that is given. Raises `PlicaError` where the data or the
    settings are refused; an image that is not to be trusted is returned with a `PlicaWarning`.
    """
    parts = _Parts(patterns, x, y, probe, mask, pixel_size_m)
    return _image("reconstruct", "--data-file", parts, output_dir, progress, settings)


def infer(
    patterns: Scan,
    x: Any = None,
    y: Any = None,
    *,
    probe: Any = None,
    mask: Any = None,
    pixel_size_m: float | None = None,
    model: str | os.PathLike[str] | None = None,
    output_dir: str | os.PathLike[str] | None = None,
    progress: bool | None = None,
    **settings: Any,
) -> Reconstruction:
    """Reconstructs a scan with a network: the one that comes along, or `model`, the folder of a training.

    Arguments as of `reconstruct`, settings as of ``plica infer --help``.
    """
    parts = _Parts(patterns, x, y, probe, mask, pixel_size_m)
    named = settings if model is None else {"model_path": os.fspath(model), **settings}
    return _image("infer", "--test-data-file", parts, output_dir, progress, named)


def run(
    patterns: Scan,
    x: Any = None,
    y: Any = None,
    *,
    probe: Any = None,
    mask: Any = None,
    pixel_size_m: float | None = None,
    output_dir: str | os.PathLike[str] | None = None,
    progress: bool | None = None,
    **settings: Any,
) -> Reconstruction:
    """Looks at a scan, decides what it needs, and makes the best image of it: the place to begin.

    Arguments as of `reconstruct`, settings as of ``plica run --help``; a scan without `probe` gets one.
    """
    parts = _Parts(patterns, x, y, probe, mask, pixel_size_m)
    return _image("run", None, parts, output_dir, progress, settings)


@dataclass(frozen=True)
class _Parts:
    patterns: Scan
    x: Any
    y: Any
    probe: Any
    mask: Any
    pixel_size_m: float | None

    @property
    def settings(self) -> dict[str, Any]:
        """A map of the detector that is a file is a setting."""
        return {"mask": os.fspath(self.mask)} if isinstance(self.mask, (str, os.PathLike)) else {}

    def file(self, folder: str) -> str:
        """The scan as a file: as it is, or written into a folder."""
        if isinstance(self.patterns, (str, os.PathLike)):
            mask = None if self.settings else self.mask
            if any(part is not None for part in (self.x, self.y, self.probe, mask, self.pixel_size_m)):
                raise TypeError("patterns is a file: give x, y, probe, mask and pixel_size_m with arrays alone")
            return os.fspath(self.patterns)
        if self.x is None or self.y is None:
            raise TypeError("x and y are missing: give the positions of the patterns in object pixels")
        patterns = np.asarray(self.patterns)
        if patterns.dtype.kind == "i" and patterns.dtype.itemsize == 8 or patterns.dtype == np.uint64:
            patterns = patterns.astype(np.uint32)
        if patterns.dtype.kind == "f":
            patterns = patterns.astype(np.float32, copy=False)
        arrays: dict[str, Any] = {
            "diffraction": patterns,
            "xcoords": np.asarray(self.x, np.float64),
            "ycoords": np.asarray(self.y, np.float64),
        }
        if self.probe is not None:
            arrays["probeGuess"] = np.asarray(self.probe, np.complex64)
        if self.mask is not None and not self.settings:
            arrays["mask"] = np.asarray(self.mask).astype(np.uint8)
        if self.pixel_size_m is not None:
            arrays["_metadata"] = np.array(json.dumps({"pixel_size_m": float(self.pixel_size_m)}))
        path = os.path.join(folder, "scan.npz")
        np.savez(path, **arrays)
        return path


def _image(
    name: str,
    file_flag: str | None,
    parts: _Parts,
    output_dir: str | os.PathLike[str] | None,
    progress: bool | None,
    settings: dict[str, Any],
) -> Reconstruction:
    with tempfile.TemporaryDirectory(prefix="plica-") as folder:
        scan = parts.file(folder)
        out = os.path.join(folder, "image") if output_dir is None else os.fspath(output_dir)
        named = [scan] if file_flag is None else [file_flag, scan]
        args = [name, *named, "--output-dir", out, *flags({**parts.settings, **settings})]
        try:
            summary, said = call(args, progress=progress)
        except PlicaError as error:
            text = str(error)
            raise PlicaError(text.replace(scan, "the arrays") if scan.startswith(folder) else text) from None
        image = _read(Path(out), summary)
    for line in said:
        warnings.warn(line, PlicaWarning, stacklevel=3)
    if image.verdict.get("word") == "failed":
        reason = next(iter(image.verdict.get("reasons", [])), "the image does not explain the patterns")
        warnings.warn(f"do not trust this image: {reason}", PlicaWarning, stacklevel=3)
    return image


def _read(folder: Path, summary: dict[str, Any]) -> Reconstruction:
    with np.load(folder / "reconstruction.npz") as npz:
        arrays = {key: npz[key] for key in npz.files}
    metadata = json.loads(str(arrays["_metadata"])) if "_metadata" in arrays else {}
    pixel = metadata.get("pixel_size_m", arrays.get("pixel_size_m"))
    return Reconstruction(
        object=arrays["object"],
        x0=float(arrays["x0"]),
        y0=float(arrays["y0"]),
        probe=arrays.get("probe"),
        x=arrays.get("xcoords"),
        y=arrays.get("ycoords"),
        weight=arrays["weight"],
        losses=arrays.get("losses"),
        verdict=summary.get("verdict") or {},
        pixel_size_m=None if pixel is None else float(pixel),
        summary=summary,
    )
