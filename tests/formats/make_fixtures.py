"""Writes fixtures/io: arrays as numpy and h5py write them. Run once, with numpy and h5py; the files are committed.

    python3 tests/io/make_fixtures.py
"""

import json
import pathlib
import zipfile

import numpy as np

HERE = pathlib.Path(__file__).resolve().parents[2] / "fixtures" / "io"
HERE.mkdir(parents=True, exist_ok=True)


def ramp(dtype, shape=(2, 3)):
    """0, 1, 2, ... and for complex types k - 2k i."""
    values = np.arange(np.prod(shape)).reshape(shape)
    if np.dtype(dtype).kind == "c":
        return (values * (1 - 2j)).astype(dtype)
    return values.astype(dtype)


def write_types():
    kinds = ["b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8", "c8", "c16"]
    arrays = {kind: ramp("<" + kind) for kind in kinds}
    arrays |= {"big_" + kind: ramp(">" + kind) for kind in kinds if kind not in ("b1", "i1", "u1")}
    arrays["fortran"] = np.asfortranarray(ramp("f4", (2, 3, 4)))
    arrays["fortran_big_c16"] = np.asfortranarray(ramp(">c16", (3, 2)))
    arrays["negative"] = np.array([-1, -300, -70000], "i4")
    arrays["halves"] = np.array([0, -0.5, 65504, 6e-8, 6.1e-5, np.inf, -np.inf, np.nan, 1 / 3], "f2")
    arrays["scalar"] = np.array(3.5)
    arrays["empty"] = np.zeros((0, 4), "f4")
    arrays["text"] = np.array(json.dumps({"name": "Blendenöffnung", "pixel_size_m": 3e-8}, ensure_ascii=False))
    arrays["texts"] = np.array(["a", "", "äöü \U0001f52c"])
    arrays["bytes"] = np.array([b"ab", b"c"])
    np.savez(HERE / "types_stored.npz", **arrays)
    np.savez_compressed(HERE / "types_deflated.npz", **arrays)


def write_versions():
    array = ramp("f4")
    for version in ((1, 0), (2, 0), (3, 0)):
        with open(HERE / f"version_{version[0]}.npy", "wb") as file:
            np.lib.format.write_array(file, array, version=version)


def write_refused():
    np.savez(HERE / "refused.npz", pickled=np.array([{"a": 1}], dtype=object),
             records=np.zeros(2, dtype=[("x", "f4"), ("y", "f4")]), dates=np.array(["2020-01-01"], "M8[D]"),
             fine=ramp("f4"))


def write_zip64():
    with zipfile.ZipFile(HERE / "zip64.npz", "w") as archive:
        for key in ("a", "b"):
            with archive.open(f"{key}.npy", "w", force_zip64=True) as entry:
                np.lib.format.write_array(entry, ramp("f8", (4, 5)))


def scan(n=6, size=64):
    """A small scan: Gaussian spots that wander, positions on a line with a step of 5 pixels."""
    grid = np.arange(size) - size / 2
    y, x = np.meshgrid(grid, grid, indexing="ij")
    spots = [np.exp(-((x - k) ** 2 + (y + 2 * k) ** 2) / 32) for k in range(n)]
    counts = np.round(np.array(spots) * 400).astype("u2")
    probe = np.exp(-(x**2 + y**2) / 128) * np.exp(1j * x / 20)
    return {
        "counts": counts,
        "xcoords": 5.0 * np.arange(n) + 40,
        "ycoords": 2.0 * np.arange(n) + 50,
        "probe": probe.astype("c8"),
    }


def write_scans():
    s = scan()
    amplitude = np.sqrt(s["counts"]).astype("f4")
    coords = {"xcoords": s["xcoords"], "ycoords": s["ycoords"]}
    np.savez_compressed(HERE / "scan_canonical.npz", diffraction=amplitude, probeGuess=s["probe"], **coords,
                        objectGuess=ramp("c8", (5, 7)), scan_index=np.zeros(6, "i8"),
                        label_amp=np.ones((6, 1), "f4"), _metadata=np.array(json.dumps({"pixel_size_m": 3e-8})))
    np.savez_compressed(HERE / "scan_counts.npz", diffraction=s["counts"], **coords,
                        probeGuess=s["probe"].astype("c16")[None].repeat(2, 0))
    np.savez_compressed(HERE / "scan_diff3d.npz", diff3d=np.moveaxis(amplitude, 0, 2).astype("f8"),
                        probeGuess=s["probe"], **coords)


def write_hdf5():
    import h5py

    with h5py.File(HERE / "weights.h5", "w") as file:
        file["encoder/blocks/0/weight"] = ramp("f4")
        file["encoder/blocks/0/bias"] = ramp("f8", (3,))
        probe = file.create_dataset("statistics/probe", data=np.array([[1, -2], [3, -4]], "f4"))
        probe.attrs["complex"] = "last axis is (re, im)"


if __name__ == "__main__":
    write_types()
    write_versions()
    write_refused()
    write_zip64()
    write_scans()
    write_hdf5()
