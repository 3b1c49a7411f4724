/**
 * The real star exported in wrong ways: each is put right with a line that says so, or stopped with the flag that cures it;
 * with that flag it is as good as the right one.
 */
import { equal, match, ok } from "node:assert/strict";
import { openNpz } from "../../src/formats/npy/npz.ts";
import { encodeNpz } from "../../src/formats/npy/npz_write.ts";
import type { NpyArray } from "../../src/formats/npy/npy.ts";
import { turned } from "../../src/scan/turned.ts";
import { findShared } from "../support/arrays.ts";
import { runPlica } from "./fake_session.ts";

const PATH = "data/siemens_star_64.npz", SIZE = 64, PIXELS = SIZE * SIZE;
const url = findShared(PATH);
const folder = await Deno.makeTempDir();
addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));

interface Star {
  readonly diffraction: Float32Array;
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly probe: NpyArray;
}

/** A wrong export, what is said, and the flags that are named; without flags it is put right at once. */
interface Wrong {
  readonly name: string;
  readonly change: (star: Star) => Partial<Record<"diffraction" | "xcoords" | "ycoords", NpyArray>>;
  readonly says: RegExp;
  readonly cure?: readonly string[];
}

const patterns = (data: Float32Array): { diffraction: NpyArray } => ({
  diffraction: { dtype: "float32", shape: [data.length / PIXELS, SIZE, SIZE], data },
});
const places = (x: Float64Array, y: Float64Array) => ({
  xcoords: { dtype: "float64", shape: [x.length], data: x } as const,
  ycoords: { dtype: "float64", shape: [y.length], data: y } as const,
});
const minus = (values: Float64Array) => values.map((value) => -value);
/** `index` of the source for each pixel. */
const moved = (data: Float32Array, index: (row: number, column: number) => number) =>
  data.map((_, i) => {
    const at = i % PIXELS;
    return data[i - at + index(Math.floor(at / SIZE), at % SIZE)];
  });
const half = SIZE / 2;

const WRONG: readonly Wrong[] = [
  {
    name: "the zero frequency in the corner",
    change: ({ diffraction }) =>
      patterns(moved(diffraction, (r, c) => (r + half) % SIZE * SIZE + (c + half) % SIZE)),
    says: /put right: the mean pattern is like the far field of the probe when its quadrants are exchanged/,
  },
  ...[1, 2, 3, 4, 5, 6, 7].map((orientation): Wrong => ({
    name: `patterns turned by ${orientation}`,
    change: ({ diffraction }) => patterns(turned(diffraction, { size: SIZE, orientation })),
    says: /as they are, of .* with --orientation \d.*add --orientation \d/,
    // transposed and flipped once is undone by the transpose and the other flip
    cure: ["--orientation", String(orientation === 5 ? 6 : orientation === 6 ? 5 : orientation)],
  })),
  {
    name: "x and y swapped",
    change: ({ x, y }) => places(y, x),
    says: /add --swap-xy/,
    cure: ["--swap-xy"],
  },
  {
    name: "x and y negated",
    change: ({ x, y }) => places(minus(x), minus(y)),
    says: /add --flip-x --flip-y/,
    cure: ["--flip-x", "--flip-y"],
  },
  {
    name: "a stack of shape (N, N, n)",
    change: ({ diffraction }) => {
      const n = diffraction.length / PIXELS;
      const data = diffraction.map((_, i) => diffraction[i % n * PIXELS + Math.floor(i / n)]);
      return { diffraction: { dtype: "float32", shape: [SIZE, SIZE, n], data } };
    },
    says: /taken as \(N, N, n\)/,
  },
  {
    name: "a hot pixel",
    change: ({ diffraction }) => patterns(diffraction.map((v, i) => i % PIXELS === 20 * SIZE + 43 ? 6e4 : v)),
    says: /put right: 1 hot pixel of the detector at \(row, column\) \(20, 43\)/,
  },
  {
    name: "positions in mm",
    change: ({ x, y }) => places(x.map((value) => 2e-5 * value), y.map((value) => 2e-5 * value)),
    says: /all within one pixel.*--positions-unit.*--energy/,
    // lambda z / (N p) is 20 nm
    cure: [
      "--positions-unit",
      "mm",
      "--energy",
      "8keV",
      "--distance",
      "0.619442m",
      "--detector-pixel",
      "75um",
    ],
  },
  {
    name: "counts stored as amplitudes",
    change: ({ diffraction }) => patterns(diffraction.map((v) => Math.round(v * v))),
    says: /put right: the patterns are whole numbers, so they seem to be photon counts/,
  },
];

/** A short reconstruction. */
async function tried(scan: string, flags: readonly string[]) {
  const run = await runPlica(
    ...["reconstruct", "--data-file", scan, "--output-dir", `${folder}/out`, "--overwrite"],
    ...["--accelerator", "wasm", "--threads", "1", "--num-epochs", "5", ...flags],
  );
  const said = run.err + run.out;
  const [, share] = /explains (\d+) % of what a flat object leaves/.exec(said) ?? [];
  return { code: run.code, said, explained: Number(share) };
}

Deno.test({
  name: `the star exported in ${WRONG.length} wrong ways${url ? "" : ` (skipped: no ${PATH})`}`,
  ignore: !url,
  fn: async (t) => {
    if (!url) return;
    const star = await readStar(url), scan = `${folder}/scan.npz`;
    const write = async (changes: Partial<Record<string, NpyArray>>) => {
      const arrays = { ...patterns(star.diffraction), ...places(star.x, star.y), probeGuess: star.probe };
      await Deno.writeFile(scan, await encodeNpz({ ...arrays, ...changes } as Record<string, NpyArray>));
    };
    await write({});
    const right = await tried(scan, []);
    match(right.said, /verdict: good/);
    ok(right.explained > 50, right.said);
    await t.step("training and inference stop before the work as well", async () => {
      await write(patterns(turned(star.diffraction, { size: SIZE, orientation: 1 })));
      const flags = ["--output-dir", `${folder}/never`, "--accelerator", "wasm", "--threads", "1"];
      for (const call of [["train", "--train-data-file", scan], ["infer", "--test-data-file", scan]]) {
        const { code, err } = await runPlica(...call, ...flags);
        equal(code, 1, err);
        match(err, /add --orientation 1.*--no-orientation-check/);
      }
    });
    for (const { name, change, says, cure } of WRONG) {
      await t.step(name, async () => {
        await write(change(star));
        const wrong = await tried(scan, []);
        match(wrong.said, says);
        equal(wrong.code === 0, cure === undefined, wrong.said);
        const cured = cure ? await tried(scan, cure) : wrong;
        equal(cured.explained, right.explained, cured.said);
      });
    }
  },
});

async function readStar(path: URL): Promise<Star> {
  await using npz = await openNpz(path);
  const read = async (key: string) => await npz.readArray(key);
  return {
    diffraction: (await read("diffraction")).data as Float32Array,
    x: (await read("xcoords")).data as Float64Array,
    y: (await read("ycoords")).data as Float64Array,
    probe: await read("probeGuess"),
  };
}
