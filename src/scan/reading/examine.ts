/**
 * The whole contract of a scan file, checked; what opening and inspecting have in common.
 *
 * @module
 */
import { isRecord } from "../../common/mod.ts";
import type { Npz } from "../../formats/mod.ts";
import type { SourceLike } from "../../host/mod.ts";
import { Findings, findStack } from "./contract.ts";
import { readDetectorMask } from "./detector_mask.ts";
import { openScanFile } from "../preparation/open_scan_file.ts";
import { checkMemory } from "./room.ts";
import { type Extras, readExtras } from "./metadata.ts";
import type { PositionsPx } from "../../numeric/mod.ts";
import { checkPatterns, type PatternSummary } from "./patterns.ts";
import { checkExtent, readPositions } from "./positions.ts";
import { readObjectGuess, readProbe } from "./probe.ts";
import { meanPattern } from "../mean_pattern.ts";
import { probeFromSource } from "./probe_source.ts";
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
  const asked = options.measurement === "auto" ? undefined : options.measurement;
  const { npz, notes, ...stored } = await openScanFile(source, {
    name: options.name,
    signal: options.signal,
    hints: options.reading,
    measurement: asked,
  });
  const measurement = asked ?? stored.measurement;
  try {
    const findings = new Findings(npz.file, options.onNote);
    for (const note of notes) findings.note(note);
    const positionsPx = await readPositions(npz, findings);
    const n = positionsPx?.x.length;
    const layout = findStack(npz, findings, { n, measurement });
    const mask = await readDetectorMask(npz, findings, layout?.size);
    const stack = layout && new PatternStack(npz, layout, { ...options, mask });
    if (layout) checkMemory(npz, layout, findings);
    if (positionsPx) checkExtent(positionsPx, layout?.size ?? 0, findings);
    const key = options.probeKey ?? "probeGuess";
    const extras = await readExtras(npz, findings, layout ?? {});
    const probe = await probeOf(npz, findings, { options, key, stack, extras, foreign: notes.length > 0 });
    const objectGuess = await readObjectGuess(npz, findings);
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

/** The probe of the file, or the one that stands in for it; undefined with a problem where there is none. */
async function probeOf(
  npz: Npz,
  findings: Findings,
  { options: { probeFrom, probeElse }, key, stack, extras, foreign }: {
    readonly options: OpenScanOptions;
    readonly key: string;
    readonly stack: PatternStack | undefined;
    readonly extras: Extras;
    readonly foreign: boolean;
  },
): Promise<Probe | undefined> {
  const size = stack?.layout.size;
  const source = probeFrom ?? (npz.has(key) ? undefined : probeElse);
  if (source === undefined) {
    if (!foreign || npz.has(key)) return await readProbe(npz, findings, { key, size });
    const remedy =
      "give --probe-from: mean-pattern, zone-plate:..., disk:..., electron:..., or a file with a probe";
    findings.problem(key, "no probe in the file", "one on the grid of the patterns", remedy);
    return undefined;
  }
  if (!stack || size === undefined) return undefined;
  const { geometry, metadata, pixelSizeM } = extras;
  const wavelength = isRecord(metadata) ? metadata.wavelength_m : undefined;
  const probe = await findings.attempt(() =>
    probeFromSource(source, {
      file: npz.file,
      size,
      pixelSizeM,
      wavelengthM: geometry?.wavelengthM ?? (typeof wavelength === "number" ? wavelength : undefined),
      meanPattern: () =>
        meanPattern({ ...stack.layout, readCounts: (indices) => stack.read(indices, { as: "counts" }) }),
    })
  );
  if (probe) {
    findings.note(
      `probe: ${typeof source === "object" && "kind" in source ? source.kind : "of another file"}`,
    );
  }
  return probe;
}
