/**
 * What a person sees who calls `train` or `infer` with bad input: one line, an exit code, and nothing written.
 */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import type { NpyArray } from "../../src/formats/npy/npy.ts";
import { encodeNpz } from "../../src/formats/npy/npz_write.ts";
import { goodScan, scanFile } from "../scan/support.ts";
import { runPlica } from "./fake_session.ts";
import { SMALL_TRAINING } from "./small_scan.ts";

const folder = await Deno.makeTempDir();
globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));
const scan = `${folder}/scan.npz`;
const model = `${folder}/run/wts.h5.zip`;
const out = `${folder}/out`;
const wasm = ["--accelerator", "wasm", "--threads", "1"];

await Deno.writeFile(scan, await scanFile());
const trained = await runPlica(
  "train",
  ...["--train-data-file", scan, "--output-dir", `${folder}/run`, ...SMALL_TRAINING, "--nepochs", "1"],
);
equal(trained.code, 0, trained.err);

type Command = "train" | "infer";
/** How a call is answered; the default is in this process, which is faster. */
type Answer = { readonly code: number; readonly out: string; readonly err: string };
type Run = (...args: string[]) => Promise<Answer>;

/** The program as a process of its own. */
const asProcess: Run = async (...args) => {
  const cli = new URL("../../cli.ts", import.meta.url).pathname;
  const command = new Deno.Command(Deno.execPath(), { args: ["run", "-A", cli, ...args] });
  const { code, stdout, stderr } = await command.output();
  return { code, out: new TextDecoder().decode(stdout), err: new TextDecoder().decode(stderr) };
};

/** Flags of a call that would work; `changes` replaces some of them. */
function callOf(command: Command, changes: Readonly<Record<string, string>> = {}): string[] {
  const flags = command === "train"
    ? { "--train-data-file": scan, "--output-dir": out }
    : { "--model-path": model, "--test-data-file": scan, "--output-dir": out };
  return [command, ...Object.entries({ ...flags, ...changes }).flat(), ...wasm];
}

/** Every path under the folder with its size and time of change. */
function everything(path = folder): string[] {
  return [...Deno.readDirSync(path)].flatMap(({ name, isDirectory }) => {
    const { size, mtime } = Deno.statSync(`${path}/${name}`);
    const inside = isDirectory ? everything(`${path}/${name}`) : [`${size} ${mtime?.getTime()}`];
    return [`${path}/${name}`, ...inside];
  }).sort();
}

/** Runs a call that is to fail, and checks the line, the exit code, and that nothing was written. */
async function refused(
  args: readonly string[],
  { code, says, run = runPlica }: { code: 1 | 2; says: readonly (RegExp | string)[]; run?: Run },
): Promise<void> {
  const before = everything();
  const answer = await run(...args);
  equal(answer.code, code, answer.err);
  equal(answer.out, "");
  match(answer.err, new RegExp(`^plica ${args[0]}: [^\\n]+\\n$`));
  for (const part of says) {
    ok(
      typeof part === "string" ? answer.err.includes(part) : part.test(answer.err),
      `${part}: ${answer.err}`,
    );
  }
  deepEqual(everything(), before);
}

function dataFlag(command: Command): string {
  return command === "train" ? "--train-data-file" : "--test-data-file";
}

type Changes = Record<string, NpyArray | undefined>;

function patterns(change: (data: Float32Array) => void): Changes {
  const { diffraction } = goodScan();
  const data = Float32Array.from(diffraction.data as Float32Array);
  change(data);
  return { diffraction: { ...diffraction, data } };
}

function coordinates(step: number): Changes {
  const { xcoords, ycoords } = goodScan();
  const times = (array: NpyArray) => Float64Array.from(array.data as Float64Array, (value) => step * value);
  return {
    xcoords: { ...xcoords, data: times(xcoords) },
    ycoords: { ...ycoords, data: times(ycoords) },
  };
}

function column(n: number): NpyArray {
  return { dtype: "float64", shape: [n], data: Float64Array.from({ length: n }, (_, i) => 8 * i) };
}

/** Scans, and what their line names besides the file: the key and what was found there. */
const SCANS: Readonly<Record<string, readonly [Changes, string]>> = {
  "no patterns under diffraction": [{ diffraction: undefined }, "diffraction: found only xcoords,"],
  "no xcoords": [{ xcoords: undefined }, "xcoords: found only"],
  "no ycoords": [{ ycoords: undefined }, "ycoords: found only"],
  "no probe": [{ probeGuess: undefined }, "probeGuess: found only"],
  "coordinates of two lengths": [{ ycoords: column(8) }, "ycoords: found 8 values, expected 9"],
  "more positions than patterns": [
    { xcoords: column(10), ycoords: column(10) },
    "diffraction: found 9 patterns (shape [9, 64, 64]), expected 10",
  ],
  "N = 99": [goodScan(9, 99), "diffraction: found patterns of 99 x 99"],
  "a NaN": [patterns((data) => data[5000] = NaN), "diffraction: found NaN or infinite values in pattern 1,"],
  "an infinite value": [patterns((data) => data[5000] = Infinity), "NaN or infinite values in pattern 1,"],
  "a negative value": [
    patterns((data) => data[5000] = -1),
    "diffraction: found negative values in pattern 1,",
  ],
  "negative counts": [{
    diffraction: {
      dtype: "int32",
      shape: [9, 64, 64],
      data: Int32Array.from({ length: 9 * 4096 }, (_, i) => i % 5 - 1),
    },
  }, "diffraction: found negative values in patterns 0,"],
  "a constant pattern": [patterns((data) => data.fill(2, 0, 4096)), "diffraction: found one constant value"],
  "an empty pattern": [
    patterns((data) => data.fill(0, 0, 4096)),
    "diffraction: found zeros only in pattern 0,",
  ],
  "an empty stack": [goodScan(0), "diffraction: found no patterns"],
  "metres": [coordinates(1e-8), "xcoords, ycoords: found a span of 1.6e-7 x 1.6e-7, all within one pixel"],
  "a canvas out of all proportion": [coordinates(1e4), "xcoords, ycoords: found a span of 160000 x 160000"],
  "a probe of another size": [
    { probeGuess: goodScan(1, 128).probeGuess },
    "probeGuess: found shape [128, 128], expected [64, 64]",
  ],
};

const FACTS = /: found .+, expected .+; \S.+\n$/;

for (const [name, [changes, says]] of Object.entries(SCANS)) {
  for (const command of ["train", "infer"] as const) {
    Deno.test(`${command} refuses a scan with ${name}`, async () => {
      const file = `${folder}/bad.npz`;
      await Deno.writeFile(file, await scanFile(changes));
      await refused(callOf(command, { [dataFlag(command)]: file }), {
        code: 1,
        says: [`${file}: `, says, FACTS],
      });
    });
  }
}

const whole = await scanFile();
const FILES: Readonly<Record<string, readonly [Uint8Array | undefined, string]>> = {
  "is missing": [undefined, "found no such file"],
  "is no zip": [new TextEncoder().encode("x,y\n1,2\n"), "found a file of no format that is known"],
  "is empty": [new Uint8Array(), "found an empty file"],
  "is a truncated zip": [whole.subarray(0, whole.length / 2), "found a truncated or damaged zip archive"],
  "is a zip without arrays": [await encodeNpz({}), "found an archive without entries"],
};

for (const [name, [bytes, says]] of Object.entries(FILES)) {
  for (const command of ["train", "infer"] as const) {
    Deno.test(`${command} refuses a data file that ${name}`, async () => {
      const file = `${folder}/${bytes ? "bad" : "missing"}.npz`;
      if (bytes) await Deno.writeFile(file, bytes);
      await refused(callOf(command, { [dataFlag(command)]: file }), {
        code: 1,
        says: [`${file}: `, says, FACTS],
      });
    });
  }
}

Deno.test("train refuses too few positions for a group, infer those that the model's groups need", async () => {
  const file = `${folder}/few.npz`;
  await Deno.writeFile(file, await encodeNpz(goodScan(3)));
  const says = [`${file}: `, "found 3 positions, expected at least 4", FACTS];
  await refused([...callOf("train", { "--train-data-file": file, "--gridsize": "2" })], { code: 1, says });
  const grouped = await runPlica(
    "train",
    ...["--train-data-file", scan, "--output-dir", `${folder}/grouped`, ...SMALL_TRAINING.slice(0, 5)],
    ...["--gridsize", "2", "--nepochs", "1", ...wasm],
  );
  equal(grouped.code, 0, grouped.err);
  const call = callOf("infer", { "--test-data-file": file, "--model-path": `${folder}/grouped` });
  await refused(call, { code: 1, says });
});

Deno.test("train refuses neighbours too far apart to be merged", async () => {
  const file = `${folder}/wide.npz`;
  await Deno.writeFile(file, await scanFile(coordinates(200)));
  const says = [`${file}: xcoords, ycoords: found groups of neighbours `, FACTS];
  await refused(callOf("train", { "--train-data-file": file }), { code: 1, says });
});

Deno.test("train refuses a bad scan to judge by, before it trains", async () => {
  const file = `${folder}/other.npz`;
  await Deno.writeFile(file, await encodeNpz(goodScan(9, 128)));
  await refused(callOf("train", { "--test-data-file": file }), {
    code: 1,
    says: [`${file}: diffraction: found patterns of 128 x 128, expected 64 x 64`, FACTS],
  });
  await refused(callOf("train", { "--test-data-file": `${folder}/missing.npz` }), {
    code: 1,
    says: [`${folder}/missing.npz: found no such file`, FACTS],
  });
});

Deno.test("train refuses K < C", async () => {
  await refused([...callOf("train"), "--gridsize", "2", "--neighbor-count", "3"], {
    code: 2,
    says: [/--neighbor-count: found 3, expected at least 4 .*; \S.+/],
  });
});

Deno.test("infer refuses a bundle that is missing, no bundle, truncated or changed in one bit", async () => {
  const bytes = await Deno.readFile(model);
  const flipped = (place: number) => bytes.map((byte, i) => i === place ? byte ^ 4 : byte);
  const damaged: Record<string, Uint8Array | undefined> = {
    missing: undefined,
    text: new TextEncoder().encode("weights"),
    scan: whole,
    cut_early: bytes.subarray(0, 1000),
    cut_late: bytes.subarray(0, bytes.length - 10),
    flipped_early: flipped(100),
    flipped_middle: flipped(bytes.length >> 1),
  };
  for (const [name, content] of Object.entries(damaged)) {
    const file = `${folder}/${name}.h5.zip`;
    if (content) await Deno.writeFile(file, content);
    await refused(callOf("infer", { "--model-path": file }), { code: 1, says: [`${file}: `, FACTS] });
  }
});

Deno.test("infer refuses a folder without a bundle", async () => {
  await Deno.mkdir(`${folder}/nothing`);
  const says = [`${folder}/nothing/wts.h5.zip: found no such file`, FACTS];
  await refused(callOf("infer", { "--model-path": `${folder}/nothing` }), { code: 1, says });
});

for (const command of ["train", "infer"] as const) {
  Deno.test(`${command} refuses an output folder with files in it, a file, and a place below a file`, async () => {
    await Deno.mkdir(`${folder}/taken`, { recursive: true });
    await Deno.writeTextFile(`${folder}/taken/note`, "mine");
    const places: Record<string, string> = {
      [`${folder}/taken`]: "a folder with files in it",
      [`${folder}/taken/note`]: "a file",
      [`${folder}/taken/note/below`]: `${folder}/taken/note is a file`,
      [`${folder}/taken/note/far/below`]: `${folder}/taken/note is a file`,
    };
    for (const [place, found] of Object.entries(places)) {
      const says = [`--output-dir: found ${place}: ${found}`, FACTS];
      await refused(callOf(command, { "--output-dir": place }), { code: 2, says });
    }
    await refused([...callOf(command, { "--output-dir": `${folder}/taken/note` }), "--overwrite"], {
      code: 2,
      says: ["a file, expected a folder"],
    });
  });

  Deno.test(`${command} names the nearest flag for a typo, and says what is wrong with a value`, async () => {
    await refused([...callOf(command), "--n-group", "4"], { code: 2, says: ["Did you mean --n-groups?"] });
    await refused([...callOf(command), "--output-dri", "x"], {
      code: 2,
      says: ["Did you mean --output-dir?"],
    });
    await refused([...callOf(command), "--n-groups", "none"], {
      code: 2,
      says: ["--n-groups: found none, expected"],
    });
    await refused([...callOf(command), "--n-subsample", "99"], {
      code: 2,
      says: ["--n-subsample: found 99", FACTS],
    });
  });
}

Deno.test("as processes: bad data end with 1, wrong calls with 2, one line each, nothing written", async () => {
  const run = asProcess;
  const file = `${folder}/bad.npz`;
  await Deno.writeFile(file, await scanFile(SCANS["a negative value"][0]));
  const cut = `${folder}/cut.h5.zip`;
  await Deno.writeFile(cut, (await Deno.readFile(model)).subarray(0, 5000));
  await refused(callOf("train", { "--train-data-file": `${folder}/missing.npz` }), {
    code: 1,
    says: [FACTS],
    run,
  });
  await refused(callOf("train", { "--train-data-file": file }), { code: 1, says: [file, FACTS], run });
  await refused(callOf("infer", { "--test-data-file": file }), { code: 1, says: [file, FACTS], run });
  await refused(callOf("infer", { "--model-path": cut }), { code: 1, says: [cut, FACTS], run });
  await refused(callOf("train", { "--output-dir": `${folder}/run` }), {
    code: 2,
    says: [/--overwrite/],
    run,
  });
  await refused(callOf("infer", { "--output-dir": scan }), { code: 2, says: ["--output-dir", FACTS], run });
  await refused([...callOf("train"), "--nepoch", "3"], { code: 2, says: ["Did you mean --nepochs?"], run });
});
