/**
 * The update rules by name.
 *
 * @module
 */
import { ConfigError } from "../../common/mod.ts";
import type { Algorithm, SolverConfig } from "../../config/mod.ts";
import { adam } from "./adam.ts";
import { dm } from "./dm.ts";
import { lsqml } from "./lsqml.ts";
import { osm } from "./osm.ts";
import { epie, rpie } from "./pie.ts";
import { raar } from "./raar.ts";
import type { Rule, RuleMaker } from "./rule.ts";

/** Every rule. */
const RULES: Readonly<Record<Algorithm, RuleMaker>> = Object.freeze({
  ePIE: epie,
  rPIE: rpie,
  LSQML: lsqml,
  DM: dm,
  RAAR: raar,
  ADAM: adam,
  OSM: osm,
});

/** Makes the rule that the settings name. Throws `ConfigError` for `auto`, which `solve` resolves first. */
export function ruleOf(settings: SolverConfig): Rule {
  if (settings.algorithm !== "auto") return RULES[settings.algorithm](settings);
  throw new ConfigError(
    "algorithm: found auto, expected an update rule: resolve it with chooseSettings first",
  );
}
