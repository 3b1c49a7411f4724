"""Ptychography on any GPU and any CPU: scans as NumPy arrays or files in, images as NumPy arrays out.

    import plica
    image = plica.reconstruct(patterns, x, y, probe=probe, algorithm="OSM", num_epochs=50)
    image.object          # complex64, (height, width)
    image.verdict["word"] # good, doubtful or failed

The work is done by the program ``plica`` in a process beside this one; nothing leaves this machine.
"""

from ._calls import Reconstruction, infer, reconstruct, run
from ._program import PlicaError, PlicaWarning

__all__ = ["PlicaError", "PlicaWarning", "Reconstruction", "infer", "reconstruct", "run"]
