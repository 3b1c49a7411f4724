/**
 * Which way the patterns and the positions are turned, found by short solves of a few neighbouring patterns.
 *
 * Turning patterns, positions and probe together gives the same misfit with a turned object, so either the patterns or the
 * positions are tried, with the probe as it is: eight ways each, and as is.
 *
 * @module
 */
import type { AnyDevice } from "../engine/mod.ts";
import type { PositionsPx } from "../numeric/mod.ts";
import { centralPositions, type Scan, scanWith, turned } from "../scan/mod.ts";
import { solve } from "./solve.ts";
import { judgeImage } from "./judging/verdict.ts";

/** A way to turn a scan, by the flags that do it. */
export interface Turn {
  readonly orientation?: number;
  readonly swapXy?: boolean;
  readonly flipX?: boolean;
  readonly flipY?: boolean;
}

/** Misfits of the ways. */
export interface OrientationReport {
  /** From the best to the worst. */
  readonly tried: readonly { readonly turn: Turn; readonly error: number }[];
  readonly asIs: number;
  /**
   * Ways that fit clearly better than as is, the best first; with a symmetric probe several fit alike, and differ by a
   * mirror image.
   */
  readonly better: readonly Turn[];
  /** Misfit of the best way over that of the next that does not fit alike. */
  readonly margin: number;
}

/** Patterns that are solved, and epochs. */
const PATTERNS = 49, SHORT = { solver: { algorithm: "LSQML", numEpochs: 10 } } as const;
/** Fewer patterns say nothing. */
const LEAST = 25;
/** A way is clearly better where its misfit is less than this part of that as is. */
export const CLEARLY_BETTER = 0.8;
/** Ways whose misfits differ by less than this part fit alike. */
const ALIKE = 1.1;

const TURNS: readonly Turn[] = [
  {},
  ...[1, 2, 3, 4, 5, 6, 7].map((orientation) => ({ orientation })),
  ...[1, 2, 3, 4, 5, 6, 7].map((bits) => ({
    ...(bits & 4 ? { swapXy: true } : {}),
    ...(bits & 1 ? { flipX: true } : {}),
    ...(bits & 2 ? { flipY: true } : {}),
  })),
];

/**
 * Returns the ways that fit clearly better than the scan as it is; undefined where it explains itself as it is, where there
 * is none. Takes under a second where all is well. Throws as `solve` does.
 */
export async function findTurn(
  scan: Scan,
  options: { readonly device: AnyDevice; readonly signal?: AbortSignal },
): Promise<OrientationReport | undefined> {
  if (scan.n < LEAST) return undefined;
  const asIs = await solve(scan, {
    ...options,
    indices: centralPositions(scan.positionsPx, { count: PATTERNS }),
    config: SHORT,
  });
  const verdict = await judgeImage(scan, asIs, options);
  if (verdict.word !== "failed") return undefined;
  const report = await findOrientation(scan, options);
  return report && report.better.length > 0 ? report : undefined;
}

/** Ways to turn the patterns whose images differ in more than a mirror. */
export const DIFFERENT_TURNS: readonly Turn[] = [{}, { orientation: 1 }, { orientation: 4 }, {
  orientation: 5,
}];

/** Tries all ways; undefined for a scan of too few patterns. Throws as `solve` does. */
export async function findOrientation(
  scan: Scan,
  { device, signal }: { readonly device: AnyDevice; readonly signal?: AbortSignal },
): Promise<OrientationReport | undefined> {
  if (scan.n < LEAST) return undefined;
  const indices = centralPositions(scan.positionsPx, { count: PATTERNS });
  const tried: { turn: Turn; error: number }[] = [];
  for (const turn of TURNS) {
    signal?.throwIfAborted();
    const { epochs } = await solve(turnedScan(scan, turn), {
      device,
      indices,
      signal,
      config: SHORT,
    });
    tried.push({ turn, error: epochs.at(-1)?.error ?? Infinity });
  }
  const asIs = tried[0].error;
  tried.sort((a, b) => a.error - b.error);
  const [best] = tried;
  const alike = tried.filter(({ error }) => error <= ALIKE * best.error);
  const next = tried[alike.length];
  return {
    tried,
    asIs,
    better: best.error < CLEARLY_BETTER * asIs ? alike.map(({ turn }) => turn) : [],
    margin: next ? best.error / next.error : 1,
  };
}

/** One line about the ways that fit better; none where there is none. */
export function orientationLines(report: OrientationReport | undefined): string[] {
  if (!report || report.better.length === 0) return [];
  const [first, ...others] = report.better.map(flagsOf);
  const mirrored = others.length > 0 ? ` (as by ${others.join(" or ")}, which gives a mirror image)` : "";
  return [`turned by ${first}${mirrored} the patterns fit much better: try that`];
}

/** The flags of a way. */
export function flagsOf({ orientation, swapXy, flipX, flipY }: Turn): string {
  return [
    ...(orientation ? [`--orientation ${orientation}`] : []),
    ...(swapXy ? ["--swap-xy"] : []),
    ...(flipX ? ["--flip-x"] : []),
    ...(flipY ? ["--flip-y"] : []),
  ].join(" ");
}

/** Returns the scan with its patterns or positions turned. */
export function turnedScan(scan: Scan, { orientation = 0, swapXy, flipX, flipY }: Turn): Scan {
  const { size } = scan;
  const sign = (values: Float64Array, flip: boolean | undefined) =>
    flip ? values.map((value) => -value) : values;
  const { x, y } = scan.positionsPx;
  const positionsPx: PositionsPx = { x: sign(swapXy ? y : x, flipX), y: sign(swapXy ? x : y, flipY) };
  const read =
    (how: "readCounts" | "readAmplitudes") => async (indices: ArrayLike<number>, out?: Float32Array) => {
      const values = turned(await scan[how](indices), { size, orientation });
      out?.set(values);
      return out ?? values;
    };
  return scanWith(scan, {
    positionsPx,
    mask: scan.mask && turned(scan.mask, { size, orientation }),
    entry: () => undefined,
    readCounts: read("readCounts"),
    readAmplitudes: read("readAmplitudes"),
  });
}
