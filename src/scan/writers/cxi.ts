/**
 * CXI files of a scan, as cdtools, ptychodus and ptypy read them (Maia, Nature Methods 9, 2012).
 *
 * @module
 */
import { type Hdf5Array, writeHdf5Arrays } from "../../formats/mod.ts";
import type { PositionsPx } from "../../numeric/mod.ts";
import { jouleOfWavelength } from "../wavelength.ts";
import type { Probe } from "../types.ts";

/** Version that every program of today writes. */
const CXI_VERSION = 160;
/** What marks a bad pixel: CXI_PIXEL_IS_INVALID. */
const INVALID = 1;

const ENTRY = "entry_1";
const DETECTOR = `${ENTRY}/instrument_1/detector_1`;
const SOURCE = `${ENTRY}/instrument_1/source_1`;
const TRANSLATION = `${ENTRY}/sample_1/geometry_1/translation`;

/** A scan with all of its lengths, without which CXI has no positions. */
export interface CxiContent {
  /** Counts, (n, N, N), zero frequency at N/2. */
  readonly patterns: Hdf5Array;
  readonly positionsPx: PositionsPx;
  readonly probe: Probe;
  /** 0 where a pixel is bad, (N, N). */
  readonly mask?: Uint8Array;
  /** Height and width of an object pixel in metres. */
  readonly pixelM: readonly [number, number];
  /** Height and width of a detector pixel in metres. */
  readonly detectorPixelM: readonly [number, number];
  readonly wavelengthM: number;
  readonly distanceM: number;
}

/**
 * Writes a CXI file. Translations are those of the sample under the default basis, whose two signs cancel: column = x / dx,
 * row = y / dx.
 */
export async function writeCxi(path: string, content: CxiContent): Promise<void> {
  const { patterns, positionsPx: { x, y }, probe, mask, pixelM, detectorPixelM } = content;
  const [n, height, width] = patterns.shape;
  const translation = new Float64Array(3 * n);
  for (let k = 0; k < n; k++) translation.set([x[k] * pixelM[1], y[k] * pixelM[0]], 3 * k);
  await writeHdf5Arrays(path, {
    cxi_version: { dtype: "int32", shape: [], data: Int32Array.of(CXI_VERSION) },
    [`${DETECTOR}/data`]: patterns,
    [`${DETECTOR}/distance`]: number(content.distanceM),
    [`${DETECTOR}/x_pixel_size`]: number(detectorPixelM[1]),
    [`${DETECTOR}/y_pixel_size`]: number(detectorPixelM[0]),
    [`${DETECTOR}/mask`]: {
      dtype: "uint32",
      shape: [height, width],
      data: Uint32Array.from({ length: height * width }, (_, k) => mask?.[k] === 0 ? INVALID : 0),
    },
    [`${SOURCE}/energy`]: number(jouleOfWavelength(content.wavelengthM)),
    [`${SOURCE}/wavelength`]: number(content.wavelengthM),
    [`${SOURCE}/illumination`]: {
      dtype: "complex64",
      shape: [probe.modes, probe.size, probe.size],
      data: probe.data,
    },
    [TRANSLATION]: { dtype: "float64", shape: [n, 3], data: translation },
  }, {
    links: {
      [`${ENTRY}/data_1/data`]: `/${DETECTOR}/data`,
      [`${ENTRY}/data_1/translation`]: `/${TRANSLATION}`,
      [`${DETECTOR}/translation`]: `/${TRANSLATION}`,
    },
  });
}

function number(value: number): Hdf5Array {
  return { dtype: "float64", shape: [], data: Float64Array.of(value) };
}
