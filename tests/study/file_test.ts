import { equal, match, rejects } from "node:assert/strict";
import { readStudyFile } from "../../src/study/file/read.ts";
import { planStudy } from "../../src/study/plan/expand.ts";
import { SOLVER_STUDY, withStudy } from "./tiny_study.ts";

/** What reading and planning a file says, in one line. */
async function refused(file: string, text: string, expected: RegExp): Promise<void> {
  await Deno.writeTextFile(file, text);
  await rejects(async () => {
    const read = await readStudyFile(file);
    await planStudy(read);
  }, (error: Error) => {
    equal(error.name, "ConfigError", error.stack);
    equal(error.message.split("\n").length, 1, error.message);
    match(error.message, expected);
    return true;
  });
}

Deno.test("a study file with a mistake is refused in one line that says where and what", () =>
  withStudy(SOLVER_STUDY, async ({ file }) => {
    const change = (from: string, to: string, expected: RegExp) =>
      refused(file, SOLVER_STUDY.replace(from, to), expected);
    await change("methods:", "mehtods:", /mehtods: unknown key; did you mean methods\?/);
    await change("select: all", "selcet: all", /views\.selcet: unknown key; did you mean select\?/);
    await change(
      "num-epochs: 3",
      "num-epoch: 3",
      /methods\.lsqml\.reconstruct\.num-epoch: plica reconstruct has no such flag; did you mean num-epochs\?/,
    );
    await change("num-epochs: 3", "num-epochs: many", /num-epochs: found many, expected integer/);
    await change("num-epochs: 3", "seed: 3", /the study gives it; set seed\.grouping instead/);
    await change("size: 64", "dose: 1e3, size: 64", /set axes\.dose instead/);
    await change("dose: [1e4, 1e5]", "dose: [1e4, 0]", /axes\.dose\.1: found 0, expected/);
    await change("dose: [1e4, 1e5]", "dose: []", /axes\.dose: found \[\], expected/);
    await change("dose: [1e4, 1e5]", "dose: [1e4, 1e4]", /found a dose twice/);
    await change(
      "{ all: {} }",
      "{ Dense: {} }",
      /the name "Dense", expected lower-case letters, digits and hyphens/,
    );
    await change("{ all: {} }", '{ "a\\nb": {} }', /expected lower-case letters, digits and hyphens/);
    await change("{ all: {} }", "{ all: { overlap: 1.2 } }", /axes\.view\.all\.overlap: found 1\.2/);
    await change("least: 4", "gridsize: 3, least: 4", /found K = 7, expected at least C = 9/);
    await change(
      "rpie: {",
      "rpie: { from: lsqm,",
      /methods\.rpie\.from: found lsqm, expected the name of another method; did you mean lsqml\?/,
    );
    await change("study: 1", "study: 2", /study: found 2/);
    await change(
      "lsqml: { reconstruct",
      "lsqml: { command: [a], reconstruct",
      /found reconstruct and command/,
    );
    await refused(file, `${SOLVER_STUDY}\nmethods2: {}\n`, /methods2: unknown key/);
    await refused(
      file,
      SOLVER_STUDY.replace("algorithm: rPIE", "algorithm: rPI"),
      /algorithm: found rPI, expected one of/,
    );
  }));

Deno.test("K below C is refused for a training, by both numbers", () =>
  withStudy(SOLVER_STUDY, ({ file }) =>
    refused(
      file,
      SOLVER_STUDY.replace(
        "lsqml: { reconstruct: { algorithm: LSQML, num-epochs: 3",
        "lsqml: { train: { gridsize: 2, neighbor-count: 3",
      ),
      /methods\.lsqml\.train: .*found 3, expected at least 4/,
    )));

Deno.test("a hostile study file does no harm", () =>
  withStudy(SOLVER_STUDY, async ({ file, folder }) => {
    const bomb = ["a: &a [x, x, x, x, x, x, x, x, x, x]"];
    for (const [k, name] of [..."bcdefgh"].entries()) {
      const before = "abcdefgh"[k];
      bomb.push(`${name}: &${name} [${Array.from({ length: 10 }, () => `*${before}`).join(", ")}]`);
    }
    await refused(file, bomb.join("\n"), /no valid YAML|unknown key/);
    await refused(file, `${SOLVER_STUDY}\n__proto__: { polluted: true }\n`, /found the key __proto__/);
    await refused(file, SOLVER_STUDY.replace("lsqml: {", "constructor: {"), /found the key constructor/);
    equal(Reflect.get({}, "polluted"), undefined);
    await refused(
      file,
      `${SOLVER_STUDY}\ninclude: /etc/passwd\n`,
      /include: found \/etc\/passwd, expected a path below/,
    );
    await refused(file, `${SOLVER_STUDY}\ninclude: ../other.yaml\n`, /include: found \.\.\/other\.yaml/);
    await Deno.writeTextFile(`${folder}/base.yaml`, "include: more.yaml\n");
    await refused(file, `${SOLVER_STUDY}\ninclude: base.yaml\n`, /expected one level/);
    await refused(file, `x: "${"y".repeat(1 << 20)}"`, /expected at most 1048576/);
    await refused(
      file,
      SOLVER_STUDY.replace("rpie: { reconstruct", "rpie: { result: ../../x.npz, reconstruct"),
      /result: found beside reconstruct/,
    );
    await refused(
      file,
      SOLVER_STUDY.replace(/rpie: .*/, "rpie: { command: [true], result: ../x.npz }").replace(
        "[true]",
        '["true"]',
      ),
      /result: found \.\.\/x\.npz, expected a file below/,
    );
    const many = SOLVER_STUDY.replace(
      "[1e4, 1e5]",
      JSON.stringify(Array.from({ length: 300 }, (_, k) => k + 1)),
    ).replace("axes:", "axes:\n  repeat: 400");
    await refused(file, many, /found 480000 images, expected at most 100000/);
    await refused(file, "{ not: [closed", /no valid YAML/);
  }));

Deno.test("an included file gives what the study file does not say", () =>
  withStudy("include: base.yaml\nname: other\nviews: { least: 9 }\n", async ({ file, folder }) => {
    await Deno.writeTextFile(`${folder}/base.yaml`, SOLVER_STUDY);
    const { study } = await readStudyFile(file);
    equal(study.name, "other");
    equal(study.views.least, 9);
    equal(study.views.select, "all");
  }));

Deno.test("the identity of a job is its settings and inputs, not device, threads, label or report", () =>
  withStudy(SOLVER_STUDY, async ({ file }) => {
    const hashes = async (text: string) => {
      await Deno.writeTextFile(file, text);
      const { plan } = await planStudy(await readStudyFile(file));
      return new Map(plan.jobs.map(({ kind, axes, hash }) => [JSON.stringify([kind, axes]), hash]));
    };
    const before = await hashes(SOLVER_STUDY);
    const different = async (text: string) => {
      const after = await hashes(text);
      return [...before].filter(([key, hash]) => after.get(key) !== hash).map(([key]) => JSON.parse(key)[0]);
    };
    equal(
      (await different(SOLVER_STUDY.replaceAll("accelerator: wasm", "accelerator: reference"))).length,
      0,
    );
    equal((await different(SOLVER_STUDY.replaceAll("threads: 1", "threads: 2"))).length, 0);
    equal((await different(`${SOLVER_STUDY}resources: { default: { cpus: 2 } }\n`)).length, 0);
    equal((await different(`${SOLVER_STUDY}report: { title: x }\n`)).join(), "report");
    equal(
      (await different(
        SOLVER_STUDY.replace("algorithm: rPIE, num-epochs: 3", "algorithm: rPIE, num-epochs: 4"),
      )).join(),
      "reconstruct,reconstruct,reconstruct,reconstruct,compare,compare,compare,compare,report",
    );
    equal((await different(`${SOLVER_STUDY}seed: { simulation: 1 }\n`)).length, before.size);
  }));
