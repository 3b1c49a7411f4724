/**
 * Files of ptychodus: the product, and the diffraction data that lie beside it in a run folder.
 *
 * Products are written so that ptychodus 1.2 to 1.7 read them: energy and mass attenuation under both of their names.
 *
 * @module
 */
import { type Hdf5Array, writeHdf5Arrays } from "../../formats/mod.ts";
import type { PlacedImage, PositionsPx } from "../../numeric/mod.ts";
import { evOfWavelength } from "../wavelength.ts";
import type { Probe } from "../types.ts";

/** Side of an object pixel where nobody says it, in metres; `comments` of the product say so. */
const DUMMY_PIXEL_M = 5e-8;

/** What a product says. */
export interface ProductContent {
  readonly name: string;
  /** Lines. */
  readonly comments: readonly string[];
  /** Patch centres in object pixels, the place of pixel N/2. */
  readonly positionsPx: PositionsPx;
  /** Numbers of the patterns that the positions belong to. */
  readonly indexes: ArrayLike<number>;
  readonly probe: Probe;
  readonly object: PlacedImage & { readonly data: Float32Array };
  /** Height and width of an object pixel in metres; a dummy where absent. */
  readonly pixelM?: readonly [number, number];
  /** 0 is written where it is absent. */
  readonly wavelengthM?: number;
  readonly distanceM?: number;
  /** Default true. */
  readonly farField?: boolean;
  /** Photons of a pattern. Default: the power of the probe. */
  readonly photons?: number;
  /** Error of each epoch. */
  readonly losses?: ArrayLike<number>;
}

/**
 * Writes a product: x_m = x dx, center_x_m = (x0 + W/2) dx, y alike with the height, which gives every version of ptychodus
 * the same first pixel of a patch.
 */
export async function writeProduct(path: string, content: ProductContent): Promise<void> {
  const { name, positionsPx: { x, y }, probe, object, losses = [] } = content;
  const { pixelM = [DUMMY_PIXEL_M, DUMMY_PIXEL_M], wavelengthM, distanceM = 0 } = content;
  const dummies = [
    ...(content.pixelM ? [] : [`object pixel ${DUMMY_PIXEL_M} m`]),
    ...(wavelengthM ? [] : ["photon energy 0"]),
    ...(distanceM ? [] : ["distance of the detector 0"]),
  ];
  const comments = [
    ...content.comments,
    ...(dummies.length > 0 ? [`dummies, as the data do not say them: ${dummies.join(", ")}`] : []),
  ].join("\n");
  const energy = wavelengthM ? evOfWavelength(wavelengthM) : 0;
  const pixels = { pixel_width_m: pixelM[1], pixel_height_m: pixelM[0] };
  await writeHdf5Arrays(path, {
    probe_position_indexes: integers(content.indexes),
    probe_position_x_m: doubles(Float64Array.from(x, (value) => value * pixelM[1])),
    probe_position_y_m: doubles(Float64Array.from(y, (value) => value * pixelM[0])),
    probe: {
      dtype: "complex64",
      shape: [1, probe.modes, probe.size, probe.size],
      data: probe.data,
      attributes: pixels,
    },
    object: {
      dtype: "complex64",
      shape: [1, object.height, object.width],
      data: object.data,
      attributes: {
        ...pixels,
        center_x_m: (object.x0 + object.width / 2) * pixelM[1],
        center_y_m: (object.y0 + object.height / 2) * pixelM[0],
      },
    },
    object_layer_spacing_m: doubles([]),
    loss_epochs: integers(Array.from(losses, (_, epoch) => epoch)),
    loss_values: doubles(losses),
  }, {
    attributes: {
      name,
      comments,
      detector_object_distance_m: distanceM,
      probe_energy_eV: energy,
      photon_energy_eV: energy,
      probe_photon_count: content.photons ?? probe.data.reduce((sum, part) => sum + part * part, 0),
      exposure_time_s: 0,
      mass_attenuation_m2_kg: 0,
      mass_attenuation_m2_per_kg: 0,
      tomography_angle_deg: 0,
      tilt_angle_deg: 0,
      focus_object_distance_m: 0,
      far_field: content.farField === false ? 0 : 1,
    },
  });
}

/** Patterns as a run folder of ptychodus holds them. */
export interface DiffractionContent {
  /** Counts, (n, N, N), zero frequency at N/2. */
  readonly patterns: Hdf5Array;
  /** 0 where a pixel is bad, (N, N). */
  readonly mask?: Uint8Array;
  /** Height and width of a detector pixel in metres. */
  readonly detectorPixelM?: readonly [number, number];
}

/** Writes `diffraction.h5`; the index of a pattern is its number. */
export async function writeDiffraction(
  path: string,
  { patterns, mask, detectorPixelM }: DiffractionContent,
): Promise<void> {
  const [n, height, width] = patterns.shape;
  const attributes = detectorPixelM &&
    { detector_pixel_width_m: detectorPixelM[1], detector_pixel_height_m: detectorPixelM[0] };
  await writeHdf5Arrays(path, {
    patterns: { ...patterns, attributes },
    indexes: integers(Array.from({ length: n }, (_, k) => k)),
    bad_pixels: {
      dtype: "uint8",
      shape: [height, width],
      data: Uint8Array.from({ length: height * width }, (_, k) => mask?.[k] === 0 ? 1 : 0),
    },
  });
}

function doubles(values: ArrayLike<number>): Hdf5Array {
  return { dtype: "float64", shape: [values.length], data: Float64Array.from(values) };
}

function integers(values: ArrayLike<number>): Hdf5Array {
  return { dtype: "int64", shape: [values.length], data: BigInt64Array.from(Array.from(values, BigInt)) };
}
