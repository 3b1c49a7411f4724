/**
 * The scales of real and imaginary part that a scan is reconstructed with: fitted to its patterns, or as trained.
 *
 * @module
 */
import { breather } from "../../common/mod.ts";
import type { Model } from "../model/model.ts";
import type { Scan } from "../../scan/mod.ts";
import type { ModelDiffraction } from "./diffraction.ts";
import type { Network } from "./network.ts";
import type { PatternOrder } from "./group.ts";
import { applyRectScales, RectMoments, type RectScales } from "./rect_scales.ts";

/** Patterns that the scales are fitted to: two numbers need no more. */
const FITTED = 256;

/**
 * Returns true if real and imaginary part have scales: for the counts profile, and for networks that predict these
 * parts.
 */
export function givesParts({ config: { profile, cnnOutputMode } }: Pick<Model, "config">): boolean {
  return profile === "counts" || profile === "amplitude" && cnnOutputMode === "real_imag";
}

/** Returns the scales that were trained; undefined where a model has none. */
export function trainedScales({ weights }: Model): RectScales | undefined {
  const s1 = weights.get("s1")?.data[0], s2 = weights.get("s2")?.data[0];
  return s1 === undefined || s2 === undefined ? undefined : { s1, s2 };
}

/**
 * Fits the two scales to up to 256 patterns, evenly spread over the order, each explained by its own patch. They do not
 * depend on which part of the order is reconstructed. Undefined where nothing fits.
 */
export async function fitScales(
  scan: Scan,
  { network, diffraction, order: { patterns, size }, signal }: {
    readonly network: Network;
    readonly diffraction: ModelDiffraction;
    readonly order: PatternOrder;
    readonly signal?: AbortSignal;
  },
): Promise<RectScales | undefined> {
  const inputs = patterns.length / size;
  const wanted = Math.min(inputs, Math.max(1, Math.floor(FITTED / size)));
  const chosen = Int32Array.from({ length: wanted * size }, (_, i) => {
    const input = Math.floor(Math.floor(i / size) * inputs / wanted);
    return patterns[input * size + i % size];
  });
  const moments = new RectMoments();
  const batch = Math.max(size, Math.floor(Math.min(network.batch, diffraction.batch) / size) * size);
  const breathe = breather(signal);
  for (let first = 0; first < chosen.length; first += batch) {
    await breathe();
    const measured = await scan.readCounts(chosen.subarray(first, first + batch));
    const patches = await network.run(measured);
    // |A + B|^2 - |A|^2 - |B|^2 = 2 Re(A conj B), for A of the real part alone and B of i times the imaginary part
    const only = async (scales: RectScales) => {
      await breathe();
      const part = patches.slice();
      applyRectScales(part, scales);
      return await diffraction.counts(part);
    };
    const a = await only({ s1: 1, s2: 0 });
    const b = await only({ s1: 0, s2: 1 });
    const both = await only({ s1: 1, s2: 1 });
    measured.forEach((count, i) => moments.add(count, { a: a[i], b: b[i], cross: both[i] - a[i] - b[i] }));
  }
  const scales = moments.solve();
  return scales.s1 === 0 && scales.s2 === 0 ? undefined : scales;
}
