/**
 * From an open scan to the best image of it that is to be had: probe, orientation, solver, modes and positions, network,
 * each only where the patterns ask for it.
 *
 * @module
 */
import type { Logger, ProgressListener } from "../../../common/mod.ts";
import { resolveConfig, type SolverConfig } from "../../../config/mod.ts";
import type { AnyDevice } from "../../../engine/mod.ts";
import { type ImageReconstruction, reconstructImage, shippedImageNetwork } from "../../../network/mod.ts";
import { type Scan, scanWith } from "../../../scan/mod.ts";
import {
  AT_NOISE,
  chooseSettings,
  CLEARLY_BETTER,
  DIFFERENT_TURNS,
  findOrientation,
  findProbe,
  flagsOf,
  hasStrayed,
  judgeImage,
  type OrientationReport,
  type PatternMisfits,
  patternMisfits,
  probeReason,
  type ProbeSearch,
  type Solution,
  solve,
  type Turn,
  turnedScan,
  type Verdict,
  WORTH_IT,
} from "../../../solver/mod.ts";

/** Something that was decided. */
export interface Decision {
  readonly what: string;
  readonly why: string;
}

/** An image of the solver and what it is worth. */
export interface JudgedSolution {
  readonly solution: Solution;
  readonly verdict: Verdict;
  readonly misfits: PatternMisfits;
}

/** All that came of a scan. */
export interface Outcome extends JudgedSolution {
  /** The network's image with its verdict, where it was asked and chosen by patterns that were left out. */
  readonly network?: { readonly image: ImageReconstruction; readonly verdict: Verdict };
  readonly decisions: readonly Decision[];
  readonly probeSearch?: ProbeSearch;
  readonly orientation?: OrientationReport;
  /** How patterns or positions were turned. */
  readonly turn: Turn;
}

/** Options of {@linkcode decide}. */
export interface DecideOptions {
  readonly device: AnyDevice;
  /** The scan has no probe of its own. */
  readonly needsProbe: boolean;
  /** How the scan is turned was given: nothing is turned on top. */
  readonly turnGiven: boolean;
  readonly logger: Logger;
  readonly onProgress?: ProgressListener;
  readonly signal: AbortSignal;
}

/** Photons of a pattern up to which the network gains (table in `docs/image_network.md`). */
const NETWORK_PAYS = 1e5;

/** Finds the best image of a scan. Throws as `solve` does. */
export async function decide(scan: Scan, options: DecideOptions): Promise<Outcome> {
  const { logger } = options;
  const decisions: Decision[] = [];
  const say = (what: string, why: string) => {
    decisions.push({ what, why });
    logger.info(`${what}: ${why}`);
  };
  const begun = options.needsProbe
    ? await begunWithoutProbe(scan, options, say)
    : { scan, turn: {}, probeSearch: undefined };
  let { scan: current, turn, probeSearch } = begun, orientation: OrientationReport | undefined;
  let best = await solved(current, simpleFor(current), options);
  if (needsHelp(best) && !options.needsProbe) {
    orientation = await findOrientation(current, options);
    const [way] = orientation?.better ?? [];
    if (orientation && way && options.turnGiven) {
      say("not turned: flags say how", `${flagsOf(way)} on top of them: ${turnReason(orientation)}`);
    } else if (orientation && way) {
      turn = way;
      current = turnedScan(current, way);
      best = await solved(current, simpleFor(current), options);
      say(`turned by ${flagsOf(way)}`, turnReason(orientation));
    }
  }
  const doubted = best.verdict.word === "failed" ||
    (best.verdict.word === "doubtful" && hasStrayed(best.solution.probe, current.probe));
  if (doubted && !probeSearch && Object.keys(turn).length === 0) {
    const found = await otherProbe(current, best, options);
    if (found) {
      ({ best, scan: current, turn, probeSearch } = found);
      decisions.push(...found.decisions);
    }
  }
  if (needsHelp(best)) {
    const richer = await solved(current, {}, options);
    const [before, after] = [lastError(best.solution), lastError(richer.solution)];
    const change = `misfit ${before.toPrecision(3)} -> ${after.toPrecision(3)}`;
    const what = `${richer.solution.probe.modes} modes of the probe, positions ${
      richer.solution.settings.positions ? "corrected" : "as they are"
    }`;
    if (after < WORTH_IT * before) {
      best = richer;
      say(what, change);
    } else say(`not taken: ${what}`, change);
  }
  const { algorithm, settings, reasons } = best.solution;
  say(`${algorithm}, ${settings.numEpochs} epochs`, reasons.algorithm ?? "as chosen for the scan");
  const network = await networkFor(current, best, { ...options, say });
  return {
    ...best,
    decisions,
    turn,
    ...(probeSearch ? { probeSearch } : {}),
    ...(orientation ? { orientation } : {}),
    ...(network ? { network } : {}),
  };
}

type Say = (what: string, why: string) => void;

/** The model as simple as can be: the modes of the probe that are there, positions as they are. */
const simpleFor = ({ probe }: Scan): Partial<SolverConfig> => ({ positions: false, probeModes: probe.modes });

/** What is explained down to photon noise cannot be explained better. */
const needsHelp = ({ solution, verdict }: JudgedSolution): boolean =>
  verdict.word !== "good" && verdict.overNoise > AT_NOISE && !solution.interrupted;
const lastError = ({ epochs }: Solution): number => epochs.at(-1)?.error ?? Infinity;

function turnReason({ asIs, tried, better }: OrientationReport): string {
  const halfTurned = better.some(({ orientation, flipX, flipY, swapXy }) =>
    orientation === 3 || (flipX && flipY && !swapXy)
  );
  const mirrored = better.length > 1
    ? `; ${better.slice(1).map(flagsOf).join(" or ")} fits alike, with a mirror image`
    : "";
  // half a turn of the positions and the complex conjugate of the probe cannot be told apart
  const twin = halfTurned
    ? "; a probe out of focus on the other side would fit alike, without a turn: --probe-from auto"
    : "";
  return `misfit of a part ${asIs.toPrecision(3)} as is, ${
    tried[0].error.toPrecision(3)
  } so${mirrored}${twin}`;
}

/** A probe is searched for; where no probe explains the patterns as they are, with these turned as well. */
async function begunWithoutProbe(scan: Scan, { device, signal, turnGiven }: DecideOptions, say: Say) {
  const tries: { turn: Turn; search: ProbeSearch; scan: Scan; error: number }[] = [];
  for (const turn of turnGiven ? [{}] : DIFFERENT_TURNS) {
    const turned = turnedScan(scan, turn);
    const search = await findProbe(turned, { device, signal });
    const probed = scanWith(turned, { probe: search.probe });
    tries.push({ turn, search, scan: probed, error: search.tried[0].error });
    if (await explains(probed, { device, signal })) break;
  }
  const asIs = tries[0].error;
  const [best] = tries.slice().sort((a, b) => a.error - b.error);
  const chosen = best.error < CLEARLY_BETTER * asIs ? best : tries[0];
  say("probe: the mean pattern as far field, refined", probeReason(chosen.search));
  if (chosen !== tries[0]) {
    say(
      `turned by ${flagsOf(chosen.turn)}`,
      `misfit ${asIs.toPrecision(3)} as is, ${chosen.error.toPrecision(3)} so`,
    );
  }
  return { scan: chosen.scan, turn: chosen.turn, probeSearch: chosen.search };
}

/** Searches for a probe in the place of one that explains nothing; undefined where the image is no clearly better one. */
async function otherProbe(scan: Scan, given: JudgedSolution, options: DecideOptions) {
  const decisions: Decision[] = [];
  const say = (what: string, why: string) => void decisions.push({ what, why });
  const { scan: probed, turn, probeSearch } = await begunWithoutProbe(scan, options, say);
  const best = await solved(probed, simpleFor(probed), options);
  const [before, after] = [lastError(given.solution), lastError(best.solution)];
  if (!(after < CLEARLY_BETTER * before)) return undefined;
  const why = `with it the misfit is ${before.toPrecision(3)}, with one that was searched for ${
    after.toPrecision(3)
  }`;
  const left = { what: "the probe that was given is left aside", why };
  for (const decision of [left, ...decisions]) options.logger.warn(`${decision.what}: ${decision.why}`);
  return { best, scan: probed, turn, probeSearch, decisions: [left, ...decisions] };
}

async function explains(
  scan: Scan,
  { device, signal }: Pick<DecideOptions, "device" | "signal">,
): Promise<boolean> {
  const solution = await solve(scan, {
    ...{ device, signal },
    config: { solver: { algorithm: "LSQML", numEpochs: 10 } },
  });
  const verdict = await judgeImage(scan, solution, { signal });
  return verdict.word !== "failed";
}

/** Solves with the rule that `auto` chooses, and with all else that `asked` leaves to it. */
async function solved(
  scan: Scan,
  asked: Partial<SolverConfig>,
  { device, logger, onProgress, signal }: DecideOptions,
): Promise<JudgedSolution> {
  const config = await chooseSettings(scan, {
    device,
    logger,
    signal,
    config: resolveConfig([{
      layer: "config",
      source: "plica run",
      values: { solver: { algorithm: "auto", ...asked } },
    }]),
  });
  const solution = await solve(scan, { config, device, logger, onProgress, signal });
  const misfits = await patternMisfits(scan, solution);
  const verdict = await judgeImage(scan, solution, { epochs: solution.epochs, misfits, given: scan.probe });
  return { solution, verdict, misfits };
}

/** Asks the network where photons are few; patterns that were left out choose. */
async function networkFor(
  scan: Scan,
  { solution, verdict }: JudgedSolution,
  { say, device, onProgress, signal }: DecideOptions & { readonly say: Say },
): Promise<Outcome["network"]> {
  const photons = scan.meanCounts.toPrecision(2);
  if (solution.interrupted) return undefined;
  if (scan.geometry && scan.geometry.propagation !== "far") {
    say("network not asked", "it was trained on far fields alone");
    return undefined;
  }
  if (verdict.word === "failed") {
    say("network not asked", "the patterns are not explained by any image yet");
    return undefined;
  }
  if (scan.meanCounts > NETWORK_PAYS) {
    say("network not asked", `${photons} photons a pattern: from 1e5 on the solver alone is as good`);
    return undefined;
  }
  const { weights } = await shippedImageNetwork();
  const refined = scanWith(scan, { probe: solution.probe, positionsPx: solution.positionsPx });
  const image = await reconstructImage(refined, { device, weights, onProgress, signal });
  const deviances = image.candidates.map(({ name, deviance }) => `${name} ${deviance.toPrecision(4)}`).join(
    ", ",
  );
  const why = `${photons} photons a pattern; deviance of ${
    image.heldOut || "the same"
  } patterns: ${deviances}`;
  if (!image.chosen.endsWith("network")) {
    say("network asked and not taken", why);
    return undefined;
  }
  say(`image of the network (${image.chosen})`, why);
  const all = Int32Array.from({ length: scan.n }, (_, i) => i);
  const { probe } = image, { positionsPx } = refined;
  const { proven } = image;
  const judged = await judgeImage(refined, { object: image, probe, positionsPx, indices: all }, {
    proven,
    signal,
  });
  return { image, verdict: judged };
}
