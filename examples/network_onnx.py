"""Patches of a scan from a network that Plica trained, without Plica.

    plica export run network.onnx
    python network_onnx.py network.onnx scan.npz patches.npy        # needs numpy and onnxruntime
"""
import sys

import numpy as np
import onnxruntime

network = onnxruntime.InferenceSession(sys.argv[1])
about = network.get_modelmeta().custom_metadata_map
scan = np.load(sys.argv[2])
counts = scan["diffraction"].astype(np.float32)
if not np.issubdtype(scan["diffraction"].dtype, np.integer):
    counts = counts**2  # what is no whole number is an amplitude
counts = counts[: len(counts) // int(about["channels"]) * int(about["channels"])]
real, imaginary = network.run(["object_real", "object_imag"], {"counts": counts})
np.save(sys.argv[3], real + 1j * imaginary)
print(f"{len(real)} patches of {about['N']} x {about['N']} pixels, {about['program']}")
