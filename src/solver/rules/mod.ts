/**
 * The update rules by name.
 *
 * @module
 */
import type { SolverConfig } from "../../config/mod.ts";
import { adam } from "./adam.ts";
import { dm } from "./dm.ts";
import { lsqml } from "./lsqml.ts";
import { osm } from "./osm.ts";
import { epie, rpie } from "./pie.ts";
import { raar } from "./raar.ts";
import type { RuleMaker } from "./rule.ts";

/** Every rule. */
export const RULES: Readonly<Record<SolverConfig["algorithm"], RuleMaker>> = Object.freeze({
  ePIE: epie,
  rPIE: rpie,
  LSQML: lsqml,
  DM: dm,
  RAAR: raar,
  ADAM: adam,
  OSM: osm,
});
