/**
 * The labels of supervised training: amplitude and phase of the object under every pattern.
 *
 * @module
 */
import { DataError, describeShape } from "../../../common/mod.ts";
import { toFloat32 } from "../../../formats/mod.ts";
import { samplePatch } from "../../../physics/mod.ts";
import { partsOf, placeIn, type Scan, type ScanObject, type ScanSet } from "../../../scan/mod.ts";

/** Labels of some patterns. */
export interface Labels {
  /** [n, N, N]. */
  readonly amplitude: Float32Array;
  /** In radians, [n, N, N]. */
  readonly phase: Float32Array;
}

/** Reads the labels of a scan. */
export interface LabelSource {
  /** `label_amp and label_phase`, `Y` or `objectGuess`. */
  readonly from: string;
  read(patterns: ArrayLike<number>): Promise<Labels>;
}

const AMPLITUDE = "label_amp", PHASE = "label_phase", PATCHES = "Y", OBJECT = "objectGuess";
/** A patch may reach this far over the edge of the object, in pixels. */
const MARGIN = 1;

/**
 * Returns the labels of a scan (or of every one of several): `label_amp` and `label_phase`, else the complex patches
 * `Y`, else cut from `objectGuess` at the sub-pixel positions, as the forward model cuts. Throws `DataError` where
 * there are none.
 */
export function labelsOf(scan: Scan | ScanSet): LabelSource {
  const parts = partsOf(scan);
  const sources = parts.map((part) => labelsOfOne(part.scan));
  if (sources.length === 1) return sources[0];
  const pixels = scan.size ** 2;
  return {
    from: [...new Set(sources.map(({ from }) => from))].join("; "),
    async read(patterns) {
      const amplitude = new Float32Array(patterns.length * pixels);
      const phase = new Float32Array(patterns.length * pixels);
      for (let k = 0; k < patterns.length; k++) {
        const { part, index } = placeIn(parts, patterns[k]);
        const one = await sources[part].read([index]);
        amplitude.set(one.amplitude, k * pixels);
        phase.set(one.phase, k * pixels);
      }
      return { amplitude, phase };
    },
  };
}

function labelsOfOne(scan: Scan): LabelSource {
  const has = (key: string) => scan.entry(key) !== undefined;
  if (has(AMPLITUDE) && has(PHASE)) return fromMaps(scan);
  if (has(PATCHES)) return fromPatches(scan);
  if (scan.objectGuess) return fromObject(scan, scan.objectGuess);
  const missing = [AMPLITUDE, PHASE, PATCHES, OBJECT].filter((key) => !has(key));
  throw new DataError({
    file: scan.source,
    key: missing.join(", "),
    found: `no such arrays, so no labels`,
    expected:
      `${AMPLITUDE} and ${PHASE} [n, N, N], or complex patches ${PATCHES} [n, N, N], or the true object as ` +
      `${OBJECT}, for supervised training`,
    remedy: "make labelled data with the simulate command, or train with --model-type unsupervised",
  });
}

/** Throws unless an array holds one map for each pattern. */
function checkShape(scan: Scan, { key, complex }: { key: string; complex: boolean }): void {
  const { shape, dtype } = scan.entry(key) ?? { shape: [], dtype: "nothing" };
  const [n, ...rest] = shape;
  const pixels = rest.reduce((product, size) => product * size, 1);
  if (n === scan.n && pixels === scan.size ** 2 && dtype.startsWith("complex") === complex) return;
  throw new DataError({
    file: scan.source,
    key,
    found: `${dtype} of shape ${describeShape(shape)}`,
    expected: `${complex ? "complex" : "real"} labels of shape ${
      describeShape([scan.n, scan.size, scan.size])
    }`,
    remedy: "give one label for each pattern, on the grid of the patterns",
  });
}

async function readChecked(scan: Scan, key: string, patterns: ArrayLike<number>): Promise<Float32Array> {
  const values = toFloat32(await scan.readRows(key, patterns));
  const wrong = values.findIndex((value) => !Number.isFinite(value));
  if (wrong < 0) return values;
  throw new DataError({
    file: scan.source,
    key,
    found: `${values[wrong]} among the labels of pattern ${
      patterns[Math.floor(wrong / (values.length / patterns.length))]
    }`,
    expected: "finite values",
    remedy: "repair the labels",
  });
}

function fromMaps(scan: Scan): LabelSource {
  for (const key of [AMPLITUDE, PHASE]) checkShape(scan, { key, complex: false });
  return {
    from: `${AMPLITUDE} and ${PHASE}`,
    async read(patterns) {
      const amplitude = await readChecked(scan, AMPLITUDE, patterns);
      return { amplitude, phase: await readChecked(scan, PHASE, patterns) };
    },
  };
}

function fromPatches(scan: Scan): LabelSource {
  checkShape(scan, { key: PATCHES, complex: true });
  return {
    from: PATCHES,
    read: async (patterns) => polarOf(await readChecked(scan, PATCHES, patterns)),
  };
}

function fromObject(scan: Scan, guess: ScanObject): LabelSource {
  const { size, positionsPx: { x, y } } = scan;
  const object = { ...guess, x0: 0, y0: 0 };
  refuseFlat(scan, guess);
  refuseOutside(scan, guess);
  return {
    from: OBJECT,
    read: (patterns) => {
      const all = new Float32Array(patterns.length * 2 * size * size);
      for (let k = 0; k < patterns.length; k++) {
        const place = { x: x[patterns[k]], y: y[patterns[k]], side: size };
        all.set(samplePatch(object, place), k * 2 * size * size);
      }
      return Promise.resolve(polarOf(all));
    },
  };
}

function refuseFlat({ source }: Scan, { data }: ScanObject): void {
  if (data.some((value, i) => value !== data[i % 2])) return;
  throw new DataError({
    file: source,
    key: OBJECT,
    found: "one constant value, which is a first guess and no label",
    expected: `the true object, or ${AMPLITUDE} and ${PHASE}, or ${PATCHES}`,
    remedy: "make labelled data with the simulate command, or train with --model-type unsupervised",
  });
}

function refuseOutside({ source, size, positionsPx: { x, y } }: Scan, { height, width }: ScanObject): void {
  const outside = Array.from(x, (_, i) => i).filter((i) => {
    const [left, top] = [x[i] - size / 2, y[i] - size / 2];
    return left < -MARGIN || top < -MARGIN || left + size > width + MARGIN || top + size > height + MARGIN;
  });
  if (outside.length === 0) return;
  throw new DataError({
    file: source,
    key: OBJECT,
    found: `${height} x ${width} px, which the patches of ${outside.length} positions do not lie in (first: ${
      outside[0]
    })`,
    expected: "an object that every patch lies in, its pixel (r, c) at y = r, x = c",
    remedy: `give ${AMPLITUDE} and ${PHASE}, or shift the positions to the object`,
  });
}

/** Moduli and phases of interleaved values. */
function polarOf(values: Float32Array): Labels {
  const amplitude = new Float32Array(values.length / 2);
  const phase = new Float32Array(values.length / 2);
  for (let i = 0; i < amplitude.length; i++) {
    amplitude[i] = Math.hypot(values[2 * i], values[2 * i + 1]);
    phase[i] = Math.atan2(values[2 * i + 1], values[2 * i]);
  }
  return { amplitude, phase };
}
