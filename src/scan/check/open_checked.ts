/**
 * Opens a scan and puts right what is wrong with it for sure.
 *
 * @module
 */
import type { SourceLike } from "../../host/mod.ts";
import { openScan } from "../scan.ts";
import type { OpenScanOptions, Scan } from "../types.ts";
import { checkScan } from "./check.ts";

/** A scan that is open, what was decided, and what is still doubtful. */
export interface ReadScan {
  readonly scan: Scan;
  readonly notes: readonly string[];
  readonly doubts: readonly string[];
}

/**
 * Opens a scan, and puts right what can be put right for sure: a zero frequency in the corner, hot pixels, counts taken for
 * amplitudes. What was set by a flag stays.
 */
export async function openChecked(file: SourceLike, options: OpenScanOptions): Promise<ReadScan> {
  const notes: string[] = [];
  const open = (more: OpenScanOptions) => openScan(file, { ...more, onNote: (line) => notes.push(line) });
  const scan = await open(options);
  const doubts = await checkScan(scan);
  const asIs = options.measurement === undefined || options.measurement === "auto";
  const cured = doubts.filter(({ cure }) => cure && (cure.measurement === undefined || asIs));
  if (cured.length === 0) return { scan, notes, doubts: doubts.map(({ line }) => line) };
  await scan.close();
  notes.length = 0;
  const merged = cured.reduce<OpenScanOptions>((all, { cure }) => ({
    ...all,
    ...(cure?.measurement ? { measurement: cure.measurement } : {}),
    reading: {
      ...all.reading,
      ...cure?.reading,
      ...(cure?.reading?.badPixels
        ? { badPixels: [...all.reading?.badPixels ?? [], ...cure.reading.badPixels] }
        : {}),
    },
  }), options);
  const again = await open(merged);
  const left = await checkScan(again);
  return {
    scan: again,
    notes: [...notes, ...cured.map(({ line }) => `put right: ${line.split("; ")[0]}`)],
    doubts: left.map(({ line }) => line),
  };
}
