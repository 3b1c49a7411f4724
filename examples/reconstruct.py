"""Reconstructs a scan from NumPy arrays, compares two ways, and saves the better image.

    pip install dist/python/*.whl    # made by: deno task wheel
    python examples/reconstruct.py scan.npz
"""

import sys

import numpy as np
import plica

scan = np.load(sys.argv[1])
patterns, x, y, probe = scan["diffraction"], scan["xcoords"], scan["ycoords"], scan["probeGuess"]

solver = plica.reconstruct(patterns, x, y, probe=probe, algorithm="auto")
network = plica.infer(patterns, x, y, probe=probe)
for name, image in (("solver", solver), ("network", network)):
    verdict = image.verdict
    print(f"{name}: {verdict['word']}, {100 * verdict['explained']:.0f} % explained, {image.object.shape}")
best = max(solver, network, key=lambda image: image.verdict["explained"])
np.savez("image.npz", object=best.object, x0=best.x0, y0=best.y0)
