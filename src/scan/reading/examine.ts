/**
 * The whole contract of a scan file, checked; what opening and inspecting have in common.
 *
 * @module
 */
import { type Npz, openNpz } from "../../formats/mod.ts";
import type { SourceLike } from "../../host/mod.ts";
import { Findings, findStack } from "./contract.ts";
import { readDetectorMask } from "./detector_mask.ts";
import { checkMemory } from "./room.ts";
import { type Extras, readExtras } from "./metadata.ts";
import type { PositionsPx } from "../../numeric/mod.ts";
import { checkPatterns, type PatternSummary } from "./patterns.ts";
import { checkExtent, readPositions } from "./positions.ts";
import { readObjectGuess, readProbe } from "./probe.ts";
import { PatternStack } from "./stack.ts";
import type { OpenScanOptions, Probe, ScanObject } from "../types.ts";

/** Parts of a scan that were read; those with problems are absent. */
export interface Examined {
  readonly npz: Npz;
  readonly findings: Findings;
  readonly positionsPx?: PositionsPx;
  readonly stack?: PatternStack;
  readonly probe?: Probe;
  readonly objectGuess?: ScanObject;
  readonly mask?: Uint8Array;
  readonly extras: Extras;
  readonly summary?: PatternSummary;
}

/**
 * Opens the file and checks all of it. Problems of the data are collected; `DataError` is thrown where the
 * file cannot be opened at all. With `stopEarly` the patterns are not walked through once something else is
 * wrong.
 */
export async function examineScan(
  source: SourceLike,
  options: OpenScanOptions & { readonly stopEarly: boolean },
): Promise<Examined> {
  const npz = await openNpz(source, { name: options.name, signal: options.signal });
  try {
    const findings = new Findings(npz.file, options.onNote);
    const positionsPx = await readPositions(npz, findings);
    const n = positionsPx?.x.length;
    const layout = findStack(npz, findings, { n, measurement: options.measurement });
    const mask = await readDetectorMask(npz, findings, layout?.size);
    const stack = layout && new PatternStack(npz, layout, { ...options, mask });
    if (layout) checkMemory(npz, layout, findings);
    if (positionsPx) checkExtent(positionsPx, layout?.size ?? 0, findings);
    const key = options.probeKey ?? "probeGuess";
    const probe = await readProbe(npz, findings, { key, size: layout?.size });
    const objectGuess = await readObjectGuess(npz, findings);
    const extras = await readExtras(npz, findings, layout ?? {});
    options.signal?.throwIfAborted();
    const walk = stack && !(options.stopEarly && findings.problems.length > 0);
    const summary = walk && await findings.attempt(() => checkPatterns(stack, findings, options.signal));
    return {
      npz,
      findings,
      positionsPx,
      stack,
      probe,
      objectGuess,
      mask,
      extras,
      summary: summary || undefined,
    };
  } catch (error) {
    await npz.close();
    throw error;
  }
}
