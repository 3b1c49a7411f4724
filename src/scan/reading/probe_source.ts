/**
 * A probe for a scan whose file has none: from another file, or made by its description.
 *
 * @module
 */
import { DataError, OptionError } from "../../common/mod.ts";
import {
  diskProbe,
  gaussianProbe,
  lensProbe,
  patternProbe,
  propagateProbe,
  zonePlateProbe,
} from "../../physics/mod.ts";
import type { ProbeDescription, ProbeSource } from "../hints.ts";
import { openScanFile } from "../preparation/open_scan_file.ts";
import type { Probe } from "../types.ts";
import { Findings } from "./contract.ts";
import { lengthIn } from "./lengths.ts";
import { readProbe } from "./probe.ts";

const LENGTHS = {
  diameter: "diameterM",
  "outermost-zone": "outermostZoneM",
  "central-stop": "centralStopM",
  defocus: "defocusM",
  cs: "csM",
} as const;

const NEEDED: Readonly<Record<ProbeDescription["kind"], readonly string[]>> = {
  "mean-pattern": [],
  disk: ["diameterM"],
  gaussian: ["diameterM"],
  pinhole: ["diameterM"],
  "zone-plate": ["diameterM", "outermostZoneM"],
  electron: ["convergenceMrad"],
};

/**
 * Reads `zone-plate:diameter=160um,outermost-zone=70nm,defocus=0.4mm` and the like; any other text is the name of a file.
 * Throws `OptionError` for a description with a part that is missing or not known.
 */
export function probeSourceOf(text: string): ProbeSource {
  const [kind, rest = ""] = text.split(":", 2);
  if (!Object.hasOwn(NEEDED, kind)) return text;
  const refuse = (found: string, expected: string) =>
    new OptionError({ option: "probeFrom", found, expected, remedy: "correct the description of the probe" });
  const parts = Object.fromEntries(
    rest.split(",").filter(Boolean).map((part) => {
      const [name, value = ""] = part.split("=", 2);
      if (name === "convergence") {
        const mrad = /^([\d.]+)\s*mrad$/.exec(value)?.[1];
        if (mrad === undefined) throw refuse(part, "convergence=20mrad");
        return ["convergenceMrad", Number(mrad)];
      }
      const key = Object.entries(LENGTHS).find(([known]) => known === name)?.[1];
      const length = lengthIn(value);
      if (key === undefined || length === undefined) {
        throw refuse(
          part,
          `${Object.keys(LENGTHS).join(", ")} as a length with its unit, such as diameter=2um`,
        );
      }
      return [key, length];
    }),
  );
  const missing = NEEDED[kind as ProbeDescription["kind"]].find((name) => !(name in parts));
  if (missing !== undefined) {
    const flag = Object.entries(LENGTHS).find(([, key]) => key === missing)?.[0] ?? "convergence";
    throw refuse(text, `${flag}=VALUE in it`);
  }
  return { kind, ...parts } as ProbeDescription;
}

/** What a description needs to know of a scan. */
export interface ProbeGrid {
  readonly file: string;
  /** N. */
  readonly size: number;
  readonly pixelSizeM?: number;
  readonly wavelengthM?: number;
  /** Mean of the patterns in counts, (N, N). */
  meanPattern(): Promise<Float64Array>;
}

/** Makes or reads the probe. Throws `DataError` where lengths that it needs, or a probe of this size, are not there. */
export async function probeFromSource(source: ProbeSource, grid: ProbeGrid): Promise<Probe> {
  if (typeof source === "object" && "kind" in source) return await described(source, grid);
  const { npz } = await openScanFile(source);
  await using _closed = npz;
  const findings = new Findings(npz.file);
  const key = npz.has("probeGuess") ? "probeGuess" : "probe";
  const probe = await readProbe(npz, findings, { key, size: grid.size });
  if (probe) return probe;
  throw findings.problems[0];
}

async function described(source: ProbeDescription, grid: ProbeGrid): Promise<Probe> {
  const { size } = grid;
  const needed = (name: "pixelSizeM" | "wavelengthM"): number => {
    const value = grid[name];
    if (value !== undefined) return value;
    throw new DataError({
      file: grid.file,
      key: "probe",
      found: `a ${source.kind} in a scan without its ${
        name === "pixelSizeM" ? "object pixel" : "wavelength"
      }`,
      expected: "energy, distance and detector pixel",
      remedy: "give --energy, --distance and --detector-pixel, or --probe-from mean-pattern",
    });
  };
  const { defocusM = 0 } = source;
  const physical = () => ({
    side: size,
    wavelengthM: needed("wavelengthM"),
    pixelSizeM: needed("pixelSizeM"),
  });
  const moved = (probe: Float64Array) =>
    defocusM === 0 ? probe : propagateProbe(probe, { ...physical(), distanceM: defocusM });
  const photons = (await grid.meanPattern()).reduce((sum, value) => sum + value, 0);
  const make = async (): Promise<Float64Array> => {
    switch (source.kind) {
      case "mean-pattern":
        return moved(patternProbe(await grid.meanPattern(), { side: size }));
      case "disk":
      case "pinhole":
        return moved(diskProbe({ side: size, radius: source.diameterM / 2 / needed("pixelSizeM"), photons }));
      case "gaussian":
        return moved(
          gaussianProbe({ side: size, sigma: source.diameterM / 4 / needed("pixelSizeM"), photons }),
        );
      case "zone-plate":
        return zonePlateProbe({ ...physical(), ...source, photons });
      case "electron": {
        const { wavelengthM } = physical();
        const half = source.convergenceMrad * 1e-3;
        // 2 pi / lambda * Cs alpha^4 / 4 as a Zernike polynomial of the fourth order: 6 sqrt 5 times its Noll term
        const waves = 2 * Math.PI / wavelengthM * (source.csM ?? 0) * half ** 4 / 4;
        return lensProbe({
          ...physical(),
          photons,
          halfPeriodM: Math.max(wavelengthM / (2 * half), needed("pixelSizeM")),
          defocusM,
          aberrations: waves === 0 ? [] : [{ noll: 11, radians: waves / (6 * Math.sqrt(5)) }],
        });
      }
    }
  };
  return { modes: 1, size, data: Float32Array.from(await make()) };
}
