/**
 * Ordered subsets with momentum. Each epoch goes once through a few subsets of the patterns, each of which covers the
 * whole scan, so that every update moves the whole object (H. M. Hudson and R. S. Larkin, IEEE Transactions on Medical
 * Imaging 13, 601, 1994); the object is extrapolated between epochs (Y. Nesterov 1983; with ordered subsets: D. Kim,
 * S. Ramani and J. A. Fessler, IEEE Transactions on Medical Imaging 34, 167, 2015).
 *
 * For a subset S with residual exit waves chi (the modulus projection, or the step of the Poisson model):
 *
 * O += sum_S conj(P) chi / (W + alpha max W), W = sum_S |P|^2, and the probe alike with V = sum_S |O|^2.
 *
 * @module
 */
import type { SolverConfig } from "../../config/mod.ts";
import { functions as f } from "../../engine/mod.ts";
import type { Tensor } from "../../engine/mod.ts";
import { forward } from "../model/forward.ts";
import { gaussianResidual, poissonResidual } from "../model/noise.ts";
import { refinements } from "../model/refine.ts";
import type { Trace } from "../model/trace.ts";
import { objectSums, probeSums } from "./dm.ts";
import type { Outputs, Rule, RuleHost } from "./rule.ts";

/** Momentum where the settings leave it open. */
const AUTO_MOMENTUM = 0.7;
/** Part of the probe's whole step: object and probe both take out the same difference. */
const PROBE_SHARE = 0.7;

/** Factor on the steps for each epoch that the misfit rose in, and the least that it comes to. */
const RELAXATION = 0.5;
const LEAST_RELAXATION = 0.1;

type Extrapolated = "object" | "probe";

/** Makes the rule. */
export function osm(settings: SolverConfig): Rule {
  const momentum = settings.momentum ?? AUTO_MOMENTUM;
  const extrapolated: readonly Extrapolated[] = settings.probe ? ["object", "probe"] : ["object"];
  return {
    subsets: settings.subsets,
    sweeps: [{ batch: (t) => batch(t, settings), end: (t) => update(t, settings) }],
    programs: new Map<string, (t: Trace) => void>([
      [EXTRAPOLATE, (t) => {
        t.graph.assign(relaxation(t), t.input("relaxation"));
        extrapolated.forEach((name) => extrapolate(t, name));
      }],
      [REMEMBER, (t) => extrapolated.forEach((name) => remember(t, name))],
    ]),
    memory: momentum > 0 ? extrapolated.map((name) => `${name}Change`) : [],
    beforeEpoch: (host, errors) => begin(host, { errors, momentum }),
    afterEpoch: async (host) => {
      await host.runNamed(REMEMBER, {});
    },
  };
}

const EXTRAPOLATE = "extrapolate";
const REMEMBER = "remember the change";

function batch(t: Trace, settings: SolverConfig): Outputs {
  const fw = forward(t);
  const residual = settings.noiseModel === "poisson" ? poissonResidual : gaussianResidual;
  const { chi, error, alpha } = residual(fw, { t, ...settings });
  objectSums(t, { fw, chi });
  if (settings.probe) probeSums(t, { fw, chi });
  return { error, ...(alpha ? { alpha } : {}), ...refinements(t, { fw, chi }) };
}

/** Factor on all steps, [1]. */
function relaxation(t: Trace): Tensor {
  return t.state("relaxation", { shape: [1], dtype: "f32" });
}

function update(t: Trace, { regularisation, probe }: SolverConfig): void {
  const step = (sum: string, weight: string) => {
    const w = t.state(weight);
    const damped = f.offset(f.add(w, f.scale(f.max(w), regularisation)), 1e-12);
    return f.divide(t.state(sum), damped);
  };
  const object = step("objectSum", "objectWeight");
  t.graph.assign(t.object, f.add(t.object, f.multiply(object, f.multiply(t.step("object"), relaxation(t)))));
  if (!probe) return;
  const moved = f.multiply(
    step("probeSum", "probeWeight"),
    f.scale(f.multiply(t.step("probe"), relaxation(t)), PROBE_SHARE),
  );
  t.graph.assign(t.probe, f.add(t.probe, moved));
}

/** Y = X_k + momentum (X_k - X_k-1): where the next epoch begins. */
function extrapolate(t: Trace, name: Extrapolated): void {
  const variable = t.state(name);
  const change = t.state(`${name}Change`, variable);
  t.graph.assign(t.state(`${name}Before`, variable), f.scale(variable, 1));
  t.graph.assign(variable, f.add(variable, f.multiply(change, t.input("momentum"))));
}

/** X_k - X_k-1, without what the epoch's constraints add: they change the scale of both alike. */
function remember(t: Trace, name: Extrapolated): void {
  const variable = t.state(name);
  t.graph.assign(
    t.state(`${name}Change`, variable),
    f.subtract(variable, t.state(`${name}Before`, variable)),
  );
}

/**
 * Extrapolates, except where the misfit has just risen: there the momentum starts anew (B. O'Donoghue and E. Candes,
 * Foundations of Computational Mathematics 15, 715, 2015), and steps are halved from there on. The misfit is that of
 * each subset before its own update: where it rises, the subsets no longer agree, and what they differ by is noise.
 */
async function begin(
  host: RuleHost,
  { errors, momentum }: { errors: readonly number[]; momentum: number },
): Promise<void> {
  const rises = errors.filter((error, k) => k > 0 && error > errors[k - 1]).length;
  const risen = errors.length > 1 && errors[errors.length - 1] > errors[errors.length - 2];
  await host.runNamed(EXTRAPOLATE, {
    momentum: risen ? 0 : momentum,
    relaxation: Math.max(LEAST_RELAXATION, RELAXATION ** rises),
  });
}
