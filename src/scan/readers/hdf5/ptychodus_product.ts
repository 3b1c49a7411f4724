/**
 * Products of ptychodus, HDF5 of every version: positions, probe, object and the exposure.
 *
 * @module
 */
import type { Hdf5Reader } from "../../../formats/mod.ts";
import type { Probe, ScanObject } from "../../types.ts";
import { wavelengthOfEv } from "../../wavelength.ts";
import { objectAt, probeAt, vectorAt } from "../values.ts";

/** What a product holds. */
export interface Product {
  /** Of the patterns that the positions belong to. */
  readonly indexes: Float64Array;
  /** Patch centres in pixels of the object, which begins at (0, 0). */
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly probe?: Probe;
  /** The first layer. */
  readonly object?: ScanObject;
  readonly pixelSizeM: number;
  readonly wavelengthM?: number;
  readonly distanceM?: number;
  readonly losses?: Float64Array;
}

/** True for a file with positions in metres and an object. */
export async function isProduct(file: Hdf5Reader): Promise<boolean> {
  return await file.find("/probe_position_x_m") !== undefined && await file.find("/object") !== undefined;
}

/**
 * Reads a product. The place of a patch is that of its pixel N/2: x = (x_m - center_x_m) / pixel_width + W / 2, which
 * holds for all versions.
 */
export async function readProduct(file: Hdf5Reader): Promise<Product> {
  const root = await file.attributes("/"), of = await file.attributes("/object");
  const number = (attributes: ReadonlyMap<string, unknown>, ...names: string[]) => {
    const value = names.map((name) => attributes.get(name)).find((found) => typeof found === "number");
    return typeof value === "number" && Number.isFinite(value) ? value : undefined;
  };
  const object = await objectAt(file, "/object");
  const width = number(of, "pixel_width_m") ?? NaN, height = number(of, "pixel_height_m") ?? width;
  const centre = [number(of, "center_x_m") ?? 0, number(of, "center_y_m") ?? 0];
  const places = async (axis: "x" | "y") => {
    const metres = await vectorAt(file, `/probe_position_${axis}_m`) ?? new Float64Array();
    const [pixel, at, side] = axis === "x"
      ? [width, centre[0], object?.width ?? 0]
      : [height, centre[1], object?.height ?? 0];
    return metres.map((value) => (value - at) / pixel + side / 2);
  };
  const x = await places("x");
  const energy = number(root, "photon_energy_eV", "probe_energy_eV");
  const distanceM = number(root, "detector_object_distance_m");
  const losses = await vectorAt(file, "/loss_values");
  return {
    indexes: await vectorAt(file, "/probe_position_indexes") ?? Float64Array.from(x, (_, k) => k),
    x,
    y: await places("y"),
    probe: await probeAt(file, "/probe"),
    object,
    pixelSizeM: width,
    ...(energy ? { wavelengthM: wavelengthOfEv(energy) } : {}),
    ...(distanceM ? { distanceM } : {}),
    ...(losses?.length ? { losses } : {}),
  };
}
