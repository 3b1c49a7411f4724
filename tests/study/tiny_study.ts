/**
 * The smallest whole study, and calls of the program on it.
 *
 * @module
 */
import { runPlica } from "../app/fake_session.ts";

/** The flags by which everything is over soon, and the same on every machine. */
const FAST = "accelerator: wasm, threads: 1";

/** Three doses, two views, three methods, one repeat: 67 jobs. */
export const TINY_STUDY = `
study: 1
name: tiny
axes:
  dose: [1e3, 1e4, 1e5]
  view: { dense: { overlap: 0.5 }, sparse: { overlap: 0.3 } }
data:
  simulate: { size: 64, positions: 64, step: 7, ${FAST} }
views: { least: 6, gridsize: 2 }
compare: { registration: false }
methods:
  pinn:
    label: network
    train: { gridsize: 2, nepochs: 1, n-filters-scale: 1, n-groups: 8, ${FAST} }
    infer: { format: [npz], quality: false, ${FAST} }
  baseline:
    train: { gridsize: 1, model-type: supervised, nepochs: 1, n-filters-scale: 1, n-groups: 8, ${FAST} }
    infer: { format: [npz], quality: false, ${FAST} }
    data: dose
  lsqml:
    reconstruct: { algorithm: LSQML, num-epochs: 5, ${FAST} }
`;

/** Solver alone: over in two seconds. */
export const SOLVER_STUDY = `
study: 1
name: solver
axes:
  dose: [1e4, 1e5]
  view: { all: {} }
data:
  simulate: { size: 64, positions: 36, step: 10, ${FAST} }
views: { select: all, least: 4 }
methods:
  lsqml: { reconstruct: { algorithm: LSQML, num-epochs: 3, ${FAST} } }
  rpie: { reconstruct: { algorithm: rPIE, num-epochs: 3, ${FAST} } }
`;

/** The answer of `plica study ... --json`. */
export interface StudyAnswer {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  readonly summary: Readonly<Record<string, number>> & {
    readonly phases: Readonly<Record<string, number>>;
    readonly jobs: readonly {
      readonly hash: string;
      readonly kind: string;
      readonly name: string;
      readonly state: string;
      readonly reason: { readonly code: string; readonly text: string } | null;
    }[];
  };
}

/** Calls `plica study` in this process. */
export async function study(...args: string[]): Promise<StudyAnswer> {
  const { code, out, err } = await runPlica("study", ...args, "--json");
  return { code, out, err, summary: out.startsWith("{") ? JSON.parse(out) : {} };
}

/** A folder with a study file in it, removed in the end. */
export async function withStudy(
  text: string,
  work: (at: { readonly file: string; readonly dir: string; readonly folder: string }) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "plica-study-" });
  try {
    const file = `${folder}/study.yaml`;
    await Deno.writeTextFile(file, text);
    await work({ file, folder, dir: `${folder}/out` });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
