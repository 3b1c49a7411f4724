import { deepEqual, equal, ok, rejects, throws } from "node:assert/strict";
import fc from "../../src/deps/fast_check.ts";
import { ConfigError } from "../../src/common/errors.ts";
import { parseConfig } from "../../src/config/parse.ts";
import { bundleLayer, type ConfigLayer, LAYER_ORDER } from "../../src/config/layers.ts";
import { resolveConfig } from "../../src/config/resolve.ts";
import { configFields } from "../../src/config/schema.ts";

Deno.test("without layers every value is the default and says so", () => {
  const { values, provenance, derived, notices } = resolveConfig();
  equal(values.model.profile, "calibrated");
  equal(values.training.nepochs, 10);
  equal(values.data.nGroups, null);
  equal(derived.channels, 4);
  equal(Object.keys(provenance).length, configFields.length);
  ok(Object.values(provenance).every(({ layer }) => layer === "default"));
  deepEqual(notices, []);
});

Deno.test("the later layer wins whatever the order in which layers are given", () => {
  const names = LAYER_ORDER.filter((name) => name !== "default");
  const layers = fc.uniqueArray(fc.tuple(fc.constantFrom(...names), fc.integer({ min: 1, max: 999 })), {
    selector: ([name]) => name,
    minLength: 1,
  });
  fc.assert(
    fc.property(layers, (chosen) => {
      const given = chosen.map(([layer, nepochs]): ConfigLayer => ({ layer, values: { nepochs } }));
      const winner = [...chosen].sort(([a], [b]) => LAYER_ORDER.indexOf(a) - LAYER_ORDER.indexOf(b)).at(-1);
      const { values, provenance } = resolveConfig(given);
      deepEqual([provenance["training.nepochs"].layer, values.training.nepochs], winner);
    }),
    { seed: 5 },
  );
});

Deno.test("a value remembers its file or flag", () => {
  const { provenance } = resolveConfig([
    { layer: "config", source: "run.yaml", values: { training: { seed: 3 } } },
    { layer: "flag", values: { "batch-size": 8 } },
  ]);
  deepEqual(provenance["training.seed"], { layer: "config", source: "run.yaml" });
  deepEqual(provenance["training.batchSize"], { layer: "flag", source: "--batch-size" });
});

Deno.test("a layer that was checked is not checked again", () => {
  const info = configFields.find(({ path }) => path === "training.batchSize");
  ok(info);
  const layer = { layer: "flag", checked: [{ info, value: 1e9, notice: "checked before" }] } as const;
  const { values, notices } = resolveConfig([layer]);
  equal(values.training.batchSize, 1e9);
  deepEqual(notices, ["checked before"]);
});

Deno.test("a profile brings its preset, and every other layer wins over it", () => {
  const flags = { layer: "flag", values: { profile: "counts" } } as const;
  const { values, provenance } = resolveConfig([flags]);
  equal(values.model.cnnOutputMode, "real_imag");
  equal(values.model.mergeWeights, "central");
  deepEqual(provenance["model.mergeWeights"], { layer: "preset", source: "profile counts" });
  const file = { layer: "config", values: { mergeWeights: "uniform" } } as const;
  equal(resolveConfig([flags, file]).values.model.mergeWeights, "uniform");
  for (const profile of ["calibrated", "amplitude", "counts"]) {
    equal(resolveConfig([{ layer: "flag", values: { profile } }]).values.model.profile, profile);
  }
});

Deno.test("keys may be camel, kebab or snake case, nested or flat", () => {
  // a key that stands alone means the setting of every command that has it
  const nested = {
    training: { batch_size: 2, "learning-rate": 0.01 },
    inference: { batchSize: 9 },
    solver: { batchSize: 2, learningRate: 0.01 },
  };
  const flat = { batchSize: 2, learning_rate: 0.01, inference_batch_size: 9 };
  deepEqual(
    resolveConfig([{ layer: "config", values: nested }]).values,
    resolveConfig([{ layer: "config", values: flat }]).values,
  );
});

Deno.test("the word for null is understood", () => {
  const layers: ConfigLayer[] = [
    { layer: "config", values: { nGroups: 5, threads: 2 } },
    { layer: "flag", values: { nGroups: "all", threads: "auto" } },
  ];
  const { values } = resolveConfig(layers);
  equal(values.data.nGroups, null);
  equal(values.execution.threads, null);
});

Deno.test("another name of a device gives the device and a notice", () => {
  const { values, notices } = resolveConfig([{ layer: "flag", values: { accelerator: "cuda" } }]);
  equal(values.execution.accelerator, "webgpu");
  deepEqual(notices, ["--accelerator: cuda is taken as webgpu"]);
});

Deno.test("neighbours follow the group size unless they are set", () => {
  const { values, provenance } = resolveConfig([{ layer: "flag", values: { gridsize: 3 } }]);
  equal(values.data.neighborCount, 9);
  equal(provenance["data.neighborCount"].source, "gridsize squared");
  throws(() => resolveConfig([{ layer: "flag", values: { gridsize: 3, neighborCount: 5 } }]), {
    name: "ConfigError",
    message: "--neighbor-count: found 5, expected at least 9 (gridsize 3 draws groups of 9 from them); " +
      "raise it or lower --gridsize",
  });
});

Deno.test("without the merge of patches groups have one pattern, and gridsize and neighbours do not matter", () => {
  const alone = { gridsize: 3, mergeObject: false };
  const { values, derived, notices } = resolveConfig([{
    layer: "flag",
    values: { ...alone, neighborCount: 2 },
  }]);
  deepEqual([derived.channels, values.data.neighborCount], [1, 2]);
  deepEqual(notices, ["--gridsize has no effect with --merge-object false: it belongs to true"]);
  equal(
    resolveConfig([{ layer: "config", values: alone }]).provenance["data.neighborCount"].source,
    undefined,
  );
  throws(
    () => resolveConfig([{ layer: "flag", values: { ...alone, oversample: true } }]),
    /groups of one pattern cannot differ; use it with --gridsize 2 or more and --merge-object/,
  );
});

Deno.test("options without effect in the profile are named", () => {
  const values = { cbamEncoder: false };
  deepEqual(resolveConfig([{ layer: "flag", values }]).notices, [
    "--cbam-encoder has no effect in the calibrated profile",
  ]);
  const historical = { profile: "amplitude", ...values };
  deepEqual(resolveConfig([{ layer: "flag", values: historical }]).notices, []);
  const calibrated = { profile: "counts", phaseAlignRounds: 1 };
  deepEqual(resolveConfig([{ layer: "flag", values: calibrated }]).notices, [
    "--phase-align-rounds has no effect in the counts profile",
  ]);
});

const refused: [string, Record<string, unknown>, string][] = [
  [
    "unknown key in a section",
    { model: { gridsiez: 2 } },
    "unknown setting model.gridsiez; did you mean gridsize?",
  ],
  ["unknown key alone", { batch_szie: 2 }, "unknown setting batch_szie; did you mean batch-size?"],
  [
    "channels are derived",
    { model: { C: 4 } },
    "unknown setting model.C; docs/reference.md lists the settings",
  ],
  ["out of range", { model: { gridsize: 9 } }, "model.gridsize: found 9, expected integer from 1 to 8"],
  ["a fraction for an integer", { gridsize: 1.5 }, "model.gridsize: found 1.5, expected integer from 1 to 8"],
  [
    "not one of the choices",
    { profile: "best" },
    "found best, expected one of calibrated, amplitude, counts",
  ],
  ["not a number", { learningRate: "fast" }, "found fast, expected number above 0 and up to 1"],
  ["infinite", { learningRate: Infinity }, "expected number above 0 and up to 1"],
  ["a section that is no table", { model: 3 }, "model: found 3, expected settings"],
  [
    "oversampling of single patterns",
    { gridsize: 1, oversample: true },
    "groups of one pattern cannot differ",
  ],
  ["undefined", { seed: undefined }, "training.seed: found undefined"],
];
for (const [name, values, message] of refused) {
  Deno.test(`refused in one line: ${name}`, () => {
    throws(() => resolveConfig([{ layer: "config", source: "run.yaml", values }]), (error) => {
      ok(error instanceof ConfigError);
      ok(error.message.includes(message), error.message);
      ok(!error.message.includes("\n"));
      return true;
    });
  });
}

Deno.test("metadata of a data set may hold anything besides settings", () => {
  const values = { nphotons: 1e5, measurement: "counts" };
  equal(resolveConfig([{ layer: "dataset", values }]).values.data.measurement, "counts");
});

Deno.test("a bundle hands on the model and not the run", () => {
  const trained = resolveConfig([{
    layer: "flag",
    values: { gridsize: 1, nGroups: 10, accelerator: "reference", probeKey: "probe2" },
  }]);
  const { values, provenance } = resolveConfig([bundleLayer(trained.values, "wts.h5.zip")]);
  equal(values.model.gridsize, 1);
  equal(values.data.probeKey, "probe2");
  equal(values.data.nGroups, null);
  equal(values.execution.accelerator, "auto");
  equal(provenance["model.gridsize"].layer, "bundle");
});

Deno.test("files are JSON or YAML, and the configuration saved by a run is accepted", async () => {
  const yaml = await parseConfig("model:\n  gridsize: 1 # alone\nseed: 4\n", "run.yaml");
  const json = await parseConfig('{"model": {"gridsize": 1}, "seed": 4}', "run.json");
  deepEqual(resolveConfig([yaml]).values, resolveConfig([json]).values);
  const saved = await parseConfig(JSON.stringify(resolveConfig([yaml])), "config.json");
  deepEqual(resolveConfig([saved]).values, resolveConfig([yaml]).values);
  deepEqual((await parseConfig("", "empty.yaml")).values, {});
});

Deno.test("the configuration of an older run loads, with settings that are gone", async () => {
  const values = { model: { gridsize: 1 }, execution: { deterministic: false, threads: 2 } };
  const old = await parseConfig(JSON.stringify({ values, provenance: {} }), "config.json");
  const { values: { model, execution }, notices } = resolveConfig([old]);
  deepEqual([model.gridsize, execution.threads, "deterministic" in execution], [1, 2, false]);
  deepEqual(notices, []);
});

Deno.test("damaged files are refused in one line that names them", async () => {
  const cases: [string, string, RegExp][] = [
    ["{", "a.json", /^a\.json: not valid JSON: [^\n]+$/],
    ["a: [1", "a.yaml", /^a\.yaml: not valid YAML: [^\n]+$/],
    ["a: 1\na: 2", "a.yaml", /^a\.yaml: not valid YAML: [^\n]+$/],
    ["[1, 2]", "a.json", /^a\.json: found a list, expected a table of settings$/],
    ["word", "a.yaml", /^a\.yaml: found a string, expected a table of settings$/],
  ];
  for (const [text, name, message] of cases) await rejects(parseConfig(text, name), { message });
});

Deno.test("a setting that belongs to another schedule is said to have no effect", () => {
  const notices = (scheduler: "OneCycle" | "ReduceLROnPlateau") =>
    resolveConfig([{ layer: "program", values: { training: { scheduler, plateauFactor: 0.3 } } }]).notices;
  deepEqual(notices("OneCycle"), [
    "--plateau-factor has no effect with --scheduler OneCycle: it belongs to ReduceLROnPlateau",
  ]);
  deepEqual(notices("ReduceLROnPlateau"), []);
  const adaptive = resolveConfig([{ layer: "flag", values: { scheduler: "Adaptive" } }]);
  equal(adaptive.values.training.scheduler, "ReduceLROnPlateau");
});
