import { main } from "../../src/app/main.ts";
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { defineCommand } from "../../src/app/shell/command.ts";
import { UsageError } from "../../src/app/shell/exit.ts";
import { callSettings, printedConfig } from "../../src/app/shell/settings.ts";
import { fieldsOf } from "../../src/config/schema.ts";
import { object } from "../../src/deps/optique_core.ts";
import { DataError, OptionError } from "../../src/common/errors.ts";
import { Exited, type FakeSession, fakeSession } from "./fake_session.ts";

/** A command that takes all settings of training and prints them, or does what the test wants. */
function tryCommand(work?: (session: FakeSession, signal: AbortSignal) => void | Promise<void>) {
  const session = fakeSession();
  const command = defineCommand({
    name: "train",
    brief: "Try.",
    example: "plica train",
    parser: object({ settings: callSettings(fieldsOf("train")) }),
    verbosity: ({ settings }) => settings.verbosity(),
    async run(flags, workspace) {
      await work?.(session, workspace.signal);
      return printedConfig(await flags.settings.resolve(workspace));
    },
  });
  return async (...args: string[]) => {
    const code = await command.execute(args, session, main);
    return { code, out: session.out, err: session.err };
  };
}

Deno.test("flags become settings with their provenance", async () => {
  const { code, out } = await tryCommand()(
    "--gridsize=1",
    "--learning_rate",
    "5e-4",
    "--no-merge-object",
    "--probe-key",
    "5",
  );
  equal(code, 0);
  const { values, provenance, derived } = JSON.parse(out);
  equal(values.model.gridsize, 1);
  equal(values.training.learningRate, 5e-4);
  equal(values.model.mergeObject, false);
  equal(values.data.probeKey, "5");
  deepEqual(provenance["training.learningRate"], { layer: "flag", source: "--learning-rate" });
  deepEqual(provenance["training.seed"], { layer: "default" });
  deepEqual(derived, { channels: 1 });
});

Deno.test("a configuration file stands under the flags, and may ask for quiet and JSON", async () => {
  const file = await Deno.makeTempFile({ suffix: ".yaml" });
  try {
    await Deno.writeTextFile(file, "gridsize: 3\nseed: 4\nexecution: { json: true, quiet: true }\n");
    const { out, err } = await tryCommand()("--config", file, "--seed", "7", "--device", "cpu");
    equal(out.trimEnd().split("\n").length, 1);
    equal(err, "");
    const { values, provenance } = JSON.parse(out);
    deepEqual([values.model.gridsize, values.training.seed, values.execution.accelerator], [3, 7, "wasm"]);
    deepEqual(provenance["model.gridsize"], { layer: "config", source: file });
  } finally {
    await Deno.remove(file);
  }
});

Deno.test("a configuration file is read once in a call", async () => {
  const file = await Deno.makeTempFile({ suffix: ".yaml" });
  await Deno.writeTextFile(file, "gridsize: 3\n");
  const { code, out } = await tryCommand(() => Deno.remove(file))("--config", file);
  equal(code, 0);
  equal(JSON.parse(out).values.model.gridsize, 3);
});

Deno.test("old names and other names of devices are logged, one line each", async () => {
  const flags = ["--torch-accelerator", "cuda", "--max_epochs", "2", "--torch-deterministic"];
  const { err } = await tryCommand()(...flags);
  deepEqual(err.trimEnd().split("\n"), [
    "--torch-accelerator is called --accelerator here",
    "--max_epochs is called --nepochs here",
    "--torch-deterministic has no effect here: results are always deterministic",
    "--accelerator: cuda is taken as webgpu",
  ]);
});

const wrong: [string[], RegExp][] = [
  [["--gridsize", "9"], /--gridsize: found 9, expected integer from 1 to 8/],
  [["--gridsize", "two"], /--gridsize: found two, expected integer/],
  [["--gridsize", ""], /--gridsize: found/],
  [["--profile", "best"], /expected one of calibrated, amplitude, counts/],
  [["--n-groups", "-5"], /--n-groups: found -5, expected integer of at least 1, or all/],
  [["--learning-rate", "Infinity"], /--learning-rate: found Infinity/],
  [["--gridsize"], /--gridsize requires/],
  [["--lerning-rate", "1"], /--lerning-rate\. Did you mean --learning-rate\?/],
  [["--gridsize", "2", "--neighbor-count", "3"], /--neighbor-count: found 3, expected at least 4/],
  [["--config", "no-such.yaml"], /--config no-such\.yaml: there is no such file/],
  [["surplus"], /surplus/],
];
for (const [args, message] of wrong) {
  Deno.test(`a wrong call is one line and exit 2: ${args.join(" ")}`, async () => {
    const { code, out, err } = await tryCommand()(...args);
    equal(code, 2, err);
    equal(out, "");
    match(err, message);
    equal(err.trimEnd().split("\n").length, 1);
  });
}

Deno.test("errors become exit codes: 1 for data and work, 2 for the call", async () => {
  const option = new OptionError({ option: "outputDir", found: "a", expected: "b", remedy: "c" });
  const data = new DataError({ file: "scan.npz", key: "k", found: "a", expected: "b", remedy: "c" });
  const cases: [Error, number, string][] = [
    [data, 1, "plica train: scan.npz: k: found a, expected b; c\n"],
    [option, 2, "plica train: --output-dir: found a, expected b; c\n"],
    [new UsageError("x is missing"), 2, "plica train: x is missing\n"],
    [new Error("two\n  lines"), 1, "plica train: two lines\n"],
  ];
  for (const [error, code, line] of cases) {
    const result = await tryCommand(() => Promise.reject(error))();
    equal(result.code, code);
    equal(result.err, line);
  }
});

Deno.test("the first interrupt aborts and exits 130, the second ends at once", async () => {
  const run = tryCommand((session, signal) => {
    session.interrupt();
    signal.throwIfAborted();
  });
  const { code, err } = await run();
  equal(code, 130);
  match(err, /^interrupted: [^\n]+\nplica train: interrupted\n$/);
  const twice = tryCommand((session) => {
    session.interrupt();
    try {
      session.interrupt();
    } catch (error) {
      ok(error instanceof Exited && error.code === 130);
      throw error;
    }
  });
  match((await twice()).err, /exited with 130/);
});
