"""Writes the scan of an NPZ (counts, xcoords, ycoords in pixels) as an Eiger detector would: a master with external links
to files of frames in bitshuffle and LZ4, gaps at the largest value, the beam in the middle of a module, and a CSV of positions in um.

usage: eiger_master.py SCAN.npz FOLDER GIGABYTES
"""
import sys
import h5py
import hdf5plugin
import numpy as np

scan, folder, gigabytes = sys.argv[1], sys.argv[2], float(sys.argv[3])
HEIGHT, WIDTH, PER_FILE = 1062, 2068, 400
ROW, COLUMN = 250, 520
LENGTHS = {"wavelength": 1.4089e-10, "distance": 1.9, "pixel": 75e-6}

npz = np.load(scan)
counts = np.rint(np.square(npz["diffraction"], dtype=np.float64)).astype(np.uint32)
n, size = counts.shape[:2]
frames = max(n, round(gigabytes * 1e9 / (4 * HEIGHT * WIDTH)))
gap = np.zeros((HEIGHT, WIDTH), bool)
gap[512:550] = True
gap[:, 1030:1040] = True
top, left = ROW - size // 2, COLUMN - size // 2
assert not gap[top : top + size, left : left + size].any()
master = h5py.File(f"{folder}/scan_master.h5", "w")
files = -(-frames // PER_FILE)
for k in range(files):
    name = f"scan_data_{k + 1:06d}.h5"
    count = min(PER_FILE, frames - k * PER_FILE)
    with h5py.File(f"{folder}/{name}", "w") as data:
        stack = data.create_dataset(
            "entry/data/data", (count, HEIGHT, WIDTH), np.uint32, chunks=(1, HEIGHT, WIDTH), **hdf5plugin.Bitshuffle()
        )
        for i in range(count):
            frame = np.zeros((HEIGHT, WIDTH), np.uint32)
            frame[top : top + size, left : left + size] = counts[(k * PER_FILE + i) % n]
            frame[gap] = 0xFFFFFFFF
            stack[i] = frame
    master[f"entry/data/data_{k + 1:06d}"] = h5py.ExternalLink(name, "entry/data/data")
detector = master.create_group("entry/instrument/detector")
for key, value, unit in (
    ("x_pixel_size", LENGTHS["pixel"], "m"),
    ("y_pixel_size", LENGTHS["pixel"], "m"),
    ("detector_distance", LENGTHS["distance"], "m"),
):
    detector[key] = value
    detector[key].attrs["units"] = unit
detector["beam_center_x"], detector["beam_center_y"] = float(COLUMN), float(ROW)
master["entry/instrument/beam/incident_wavelength"] = LENGTHS["wavelength"] * 1e10
master["entry/instrument/beam/incident_wavelength"].attrs["units"] = "angstrom"
mask = detector.create_group("detectorSpecific")
mask["pixel_mask"] = gap.astype(np.uint32)
master.close()
pixel = LENGTHS["wavelength"] * LENGTHS["distance"] / (size * LENGTHS["pixel"])
index = np.arange(frames) % n
with open(f"{folder}/positions.csv", "w") as csv:
    csv.write("y,x\n")
    for i in index:
        csv.write(f"{npz['ycoords'][i] * pixel * 1e6:.6f},{npz['xcoords'][i] * pixel * 1e6:.6f}\n")
print(frames, "frames,", round(frames * 4 * HEIGHT * WIDTH / 1e9, 1), "GB")
