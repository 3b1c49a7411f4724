/**
 * The geometry of a scan: from its metadata to far or near field.
 */
import { deepEqual, equal, match, throws } from "node:assert/strict";
import { Findings } from "../../src/scan/reading/contract.ts";
import { readGeometry } from "../../src/scan/reading/geometry.ts";
import { refuseNearField } from "../../src/network/model/scan_statistics.ts";

/** N = 64, wavelength 0.1 nm: the far field of a pixel of 10 nm lies at 0.48 m with pixels of 75 um. */
function read(metadata: unknown, pixelSizeM?: number) {
  const findings = new Findings("scan.npz");
  const geometry = readGeometry(metadata, { findings, size: 64, pixelSizeM });
  return { geometry, problems: findings.problems.map(({ message }) => message), notes: findings.notes };
}

const FAR = { wavelength_m: 1e-10, detector_distance_m: 0.48, detector_pixel_m: 75e-6 };
const NEAR = { wavelength_m: 1e-10, detector_distance_m: 1e-3, detector_pixel_m: 1e-7 };

Deno.test("what the metadata says of the field is taken, and nothing is no geometry", () => {
  equal(read(undefined).geometry, undefined);
  equal(read({ propagation: "far" }).geometry, undefined);
  equal(read({ ...FAR, propagation: "far" }).geometry?.propagation, "far");
  deepEqual(read({ ...NEAR, propagation: "fresnel" }).geometry, {
    propagation: "fresnel",
    wavelengthM: 1e-10,
    distanceM: 1e-3,
    detectorPixelM: 1e-7,
  });
  equal(read({ ...NEAR, propagation: "near" }).geometry?.propagation, "angular-spectrum");
});

Deno.test("where the metadata does not say, the object pixel decides", () => {
  equal(read(FAR).geometry?.propagation, "far");
  equal(read(FAR, 1e-8).geometry?.propagation, "far");
  equal(read(NEAR, 1e-7).geometry?.propagation, "angular-spectrum");
  const magnified = { ...NEAR, detector_pixel_m: 1e-6, detector_distance_m: 9e-3, focus_distance_m: 1e-3 };
  equal(read(magnified, 1e-7).geometry?.propagation, "fresnel");
  equal(read(magnified, 1e-7).geometry?.focusDistanceM, 1e-3);
});

Deno.test("energies are wavelengths, and the object pixel stands for that of the detector", () => {
  const { wavelength_m: _, detector_pixel_m: __, ...rest } = NEAR;
  const { geometry } = read({ ...rest, energy_ev: 12398.419843320026, propagation: "near" }, 1e-7);
  equal(geometry?.wavelengthM, 1e-10);
  equal(geometry?.detectorPixelM, 1e-7);
});

Deno.test("a near field without lengths, or too far away, is a problem; an unknown field a note", () => {
  match(read({ propagation: "near" }).problems[0], /scan.npz: _metadata: .*lengths.*wavelength_m/);
  match(
    read({ ...NEAR, detector_distance_m: 1, propagation: "fresnel" }).problems[0],
    /at most .* 0\.0064 m/,
  );
  const { geometry, notes } = read({ ...FAR, propagation: "sideways" });
  equal(geometry?.propagation, "far");
  match(notes[0], /sideways is not known/);
});

Deno.test("a network refuses near fields, since it models the far field", () => {
  refuseNearField({ source: "scan.npz" });
  refuseNearField({ source: "scan.npz", geometry: read(FAR).geometry });
  const { geometry } = read({ ...NEAR, propagation: "near" });
  throws(() => refuseNearField({ source: "scan.npz", geometry }), /scan.npz.*near field.*plica reconstruct/);
});
