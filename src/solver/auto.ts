/**
 * The choice of `algorithm: auto`: update rule, batch, epochs, modes and position correction, from the scan and from
 * short trials on a part of it, each with its reason. Settings that were set stay as they are.
 *
 * @module
 */
import type { Algorithm, ResolvedConfig, SolverConfig } from "../config/mod.ts";
import { centralPositions, type Scan, scanOverlap } from "../scan/mod.ts";
import type { SolverEpoch } from "./initial.ts";

/** Solves some patterns of the scan, for its misfits. */
export type Trial = (
  settings: Partial<SolverConfig>,
  indices: Int32Array,
) => Promise<{ readonly epochs: readonly SolverEpoch[] }>;

/** Patterns of a trial, all neighbours. */
const TRIAL_PATTERNS = 64;
const TRIAL_EPOCHS = 30;
/** Misfit of a trial over that without what is tried, under which it is taken. */
export const WORTH_IT = 0.8;
/** Most modes that are tried. */
const MOST_MODES = 3;
/** Overlap of neighbours from which subsets of the scan repeat each other. */
const DENSE = 0.9;
/** Fewer patterns are too few for subsets that each cover the scan. */
const FEW_PATTERNS = 36;
/** Epochs of each rule after which images stayed as they were in the tables of `docs/performance.md`. */
const EPOCHS = { OSM: 50, LSQML: 100 } as const;

interface Choice {
  readonly key: keyof SolverConfig;
  readonly value: string | number | boolean;
  readonly reason: string;
}

/** What provenance says of a choice begins with this. */
const SOURCE = "auto: ";

/**
 * Returns the configuration with `auto` resolved; every choice has its reason as the source of its provenance.
 */
export async function resolveAuto(
  scan: Scan,
  { config, trial, indices }: {
    readonly config: ResolvedConfig;
    readonly trial: Trial;
    readonly indices?: Int32Array;
  },
): Promise<ResolvedConfig> {
  const { solver } = config.values;
  if (solver.algorithm !== "auto") return config;
  const isFree = (key: keyof SolverConfig) => config.provenance[`solver.${key}`]?.layer === "default";
  const patterns = indices ?? Int32Array.from({ length: scan.n }, (_, i) => i);
  const rule = ruleFor(scan, patterns.length);
  const part = centralPositions(scan.positionsPx, { count: TRIAL_PATTERNS, among: patterns });
  const tried = await tryParts(scan, { isFree, trial, part, solver });
  const choices = [rule, ...tried, ...rest(rule.value, { isFree, patterns: patterns.length })];
  const values = { ...solver, ...Object.fromEntries(choices.map(({ key, value }) => [key, value])) };
  const provenance = Object.fromEntries(
    choices.map(({ key, reason }) =>
      [`solver.${key}`, { layer: "dataset", source: `${SOURCE}${reason}` }] as const
    ),
  );
  return {
    ...config,
    values: { ...config.values, solver: values },
    provenance: { ...config.provenance, ...provenance },
  };
}

/** Returns the reasons of the choices in a configuration, by setting. */
export function reasonsIn({ provenance }: ResolvedConfig): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(provenance).flatMap(([path, { source }]) =>
      source?.startsWith(SOURCE) ? [[path.replace("solver.", ""), source.slice(SOURCE.length)]] : []
    ),
  );
}

function ruleFor(scan: Scan, patterns: number): Choice & { readonly value: Algorithm } {
  const overlap = scanOverlap({ positionsPx: scan.positionsPx, probe: scan.probe }).positions ?? 0;
  const percent = Math.round(100 * overlap);
  if (patterns < FEW_PATTERNS) {
    const reason = `${patterns} patterns are too few for subsets that each cover the scan`;
    return { key: "algorithm", value: "LSQML", reason };
  }
  if (overlap > DENSE) {
    const reason = `neighbours overlap by ${percent} %, where LSQML ends at the better image`;
    return { key: "algorithm", value: "LSQML", reason };
  }
  const reason = `${patterns} patterns overlap by ${percent} %, where ordered subsets are fastest`;
  return { key: "algorithm", value: "OSM", reason };
}

interface Tries {
  readonly isFree: (key: keyof SolverConfig) => boolean;
  readonly trial: Trial;
  readonly part: Int32Array;
  readonly solver: SolverConfig;
}

/** Tries further modes and position correction on a part of the scan; the misfit decides. */
async function tryParts(scan: Scan, { isFree, trial, part, solver }: Tries): Promise<Choice[]> {
  const misfit = async (settings: Partial<SolverConfig>) => {
    const { epochs } = await trial({
      ...solver,
      algorithm: "LSQML",
      batchSize: 16,
      numEpochs: TRIAL_EPOCHS,
      leftOut: 0,
      ...settings,
    }, part);
    return epochs[epochs.length - 1].error;
  };
  if (!isFree("positions") && !isFree("probeModes")) return [];
  const choices: Choice[] = [];
  let best = await misfit({});
  if (isFree("positions")) {
    const ratio = await misfit({ positions: true }) / best;
    choices.push({
      key: "positions",
      value: ratio < WORTH_IT,
      reason: found("correcting them", ratio, part),
    });
    if (ratio < WORTH_IT) best *= ratio;
  }
  const positions = choices.some(({ value }) => value === true) || solver.positions;
  const reasons: string[] = [];
  for (let modes = scan.probe.modes + 1; isFree("probeModes") && modes <= MOST_MODES; modes++) {
    const ratio = await misfit({ positions, probeModes: modes }) / best;
    const taken = ratio < WORTH_IT;
    reasons.push(found(`a probe of ${modes} modes`, ratio, part));
    choices.push({ key: "probeModes", value: taken ? modes : modes - 1, reason: reasons.join("; ") });
    if (!taken) break;
    best *= ratio;
  }
  return choices;
}

function found(what: string, ratio: number, { length }: Int32Array): string {
  const percent = Math.round(100 * (1 - ratio));
  const change = percent >= 0 ? `lowers the misfit by ${percent} %` : `raises the misfit by ${-percent} %`;
  return `${what} ${change} in ${TRIAL_EPOCHS} epochs on ${length} patterns; from ${
    Math.round(100 * (1 - WORTH_IT))
  } % it is taken`;
}

function rest(
  rule: Algorithm,
  { isFree, patterns }: { readonly isFree: Tries["isFree"]; readonly patterns: number },
): Choice[] {
  const epochs = rule === "OSM" ? EPOCHS.OSM : EPOCHS.LSQML;
  const batch = rule === "OSM" ? 64 : Math.min(64, Math.max(8, Math.ceil(patterns / 16)));
  const choices: Choice[] = [
    { key: "numEpochs", value: epochs, reason: `images of ${rule} stay as they are from there on` },
    {
      key: "batchSize",
      value: batch,
      reason: rule === "OSM"
        ? "it bounds the memory and changes rounding alone"
        : "about 16 updates in an epoch, each of at most 64 patterns",
    },
  ];
  return choices.filter(({ key }) => isFree(key));
}
