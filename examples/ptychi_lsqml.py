"""Reconstructs a scan of a study by pty-chi, whose methods the study then compares with Plica's own.

    pip install ptychi==2.2.0
    python ptychi_lsqml.py --input-npz scan.npz --output-dir out --num-epochs 100

Reads the canonical NPZ: diffraction (amplitude, zero frequency at N/2), xcoords and ycoords in pixels, probeGuess.
Writes ptychi_reconstruction.npz: object with x0 and y0, the place of its first pixel in the frame of the positions,
probe, losses.
"""

import argparse
import pathlib

import numpy as np
import ptychi.api as api
import torch
from ptychi.api.task import PtychographyTask

MARGIN = 4  # pixels of object beyond the patches: pty-chi cuts one more before it shifts


def read_scan(path):
    with np.load(path, allow_pickle=False) as npz:
        amplitude, probe = npz["diffraction"], npz["probeGuess"]
        x, y = npz["xcoords"], npz["ycoords"]
        mask = npz["mask"] if "mask" in npz.files else None
    # amplitudes are floating point, counts are integers
    counts = amplitude.astype(np.float32) ** 2 if amplitude.dtype.kind == "f" else amplitude.astype(np.float32)
    return counts, probe.reshape(1, -1, *probe.shape[-2:]).astype(np.complex64), x, y, mask


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--input-npz", required=True)
    parser.add_argument("--output-dir", type=pathlib.Path, required=True)
    parser.add_argument("--algorithm", choices=["LSQML", "RPIE"], default="LSQML")
    parser.add_argument("--num-epochs", type=int, default=100)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    flags = parser.parse_args()
    torch.set_num_threads(flags.threads)

    counts, probe, x, y, mask = read_scan(flags.input_npz)
    side = counts.shape[-1]
    x0, y0 = (int(np.floor(axis.min())) - side // 2 - MARGIN for axis in (x, y))
    width, height = (int(np.ceil(axis.max())) + side // 2 + MARGIN - start for axis, start in ((x, x0), (y, y0)))

    options = (api.LSQMLOptions if flags.algorithm == "LSQML" else api.RPIEOptions)()
    options.reconstructor_options.num_epochs = flags.num_epochs
    options.reconstructor_options.batch_size = min(flags.batch_size, len(x))
    options.reconstructor_options.default_device = api.Devices.CPU
    options.reconstructor_options.random_seed = flags.seed
    options.reconstructor_options.allow_nondeterministic_algorithms = False
    options.object_options.optimizable = options.probe_options.optimizable = True
    # here a patch begins at x - N/2; pty-chi's begin at x - (N - 1)/2
    options.object_options.determine_position_origin_coords_by = api.ObjectPosOriginCoordsMethods.SPECIFIED
    options.object_options.position_origin_coords = [-y0 - 0.5, -x0 - 0.5]

    with PtychographyTask(
        options,
        diffraction_data=counts,
        object_data=np.ones((1, height, width), np.complex64),
        probe_data=probe,
        probe_position_x_px=x.astype(np.float32),
        probe_position_y_px=y.astype(np.float32),
        valid_pixel_mask=None if mask is None else mask.astype(bool),
    ) as task:
        task.run()
        found = task.get_data_to_cpu("object", as_numpy=True)[0]
        probe = task.get_data_to_cpu("probe", as_numpy=True)[0]
        losses = np.asarray(task.reconstructor.loss_tracker.table["loss"], np.float64)

    flags.output_dir.mkdir(parents=True, exist_ok=True)
    np.savez(
        flags.output_dir / "ptychi_reconstruction.npz",
        object=found,
        x0=np.float64(x0),
        y0=np.float64(y0),
        probe=probe,
        losses=losses,
        algorithm=np.array(flags.algorithm),
    )
    print(f"{flags.algorithm}: {len(x)} patterns, {flags.num_epochs} epochs, error {losses[-1]:.4g}")


if __name__ == "__main__":
    main()
