import { deepEqual, equal, match, ok } from "node:assert/strict";
import { COMMANDS } from "../../src/app/commands.ts";
import { jsonSchemaText, referenceText } from "../../src/app/shell/reference.ts";
import { filesUnder, read, ROOT } from "./modules.ts";

const manifest: { imports: Record<string, string>; tasks: Record<string, string>; license: string } = JSON
  .parse(
    read("deno.json"),
  );

/** Files that a person reads or that run; compiled modules and pictures are no text. */
const texts = filesUnder("", [".ts", ".md", ".json", ".wgsl", ".c", ".h", ".sh", ".html", ".css"])
  .filter((path) => !path.startsWith("wasm/.build/"));

Deno.test("packages are pinned exactly, the same in deno.json as in src/deps", () => {
  const pinned = Object.entries(manifest.imports).map(([name, target]) => {
    match(target, new RegExp(`^npm:${name}@\\d+\\.\\d+\\.\\d+$`));
    return target.slice("npm:".length);
  });
  const used = filesUnder("src/deps", [".ts"]).flatMap((path) =>
    [...read(path).matchAll(/"npm:((?:@[\w.-]+\/)?[\w.-]+@\d+\.\d+\.\d+)(?:\/[^"]*)?"/g)].map(([, pin]) =>
      pin
    )
  );
  deepEqual([...new Set(used)].sort(), pinned.sort());
});

Deno.test("every package has its reason on record", () => {
  const decisions = read("docs/decisions.md");
  const silent = Object.keys(manifest.imports).filter((name) => !decisions.includes(`\`${name}\``));
  deepEqual(silent, []);
});

Deno.test("the lock file knows no registry host and no path of a machine", () => {
  const lock = read("deno.lock");
  ok(lock.length > 100);
  equal(/https?:|file:|"\/|localhost|\.tgz/.exec(lock)?.[0], undefined);
});

Deno.test("the reference page and the JSON Schema are what the settings say (deno task docs)", async () => {
  equal(read("docs/reference.md"), await referenceText());
  equal(read("docs/config.schema.json"), jsonSchemaText());
});

Deno.test("tasks and commands that the documents name exist", () => {
  const documents = ["README.md", "CONTRIBUTING.md", "docs/architecture.md", "docs/decisions.md", ".ci/run"];
  const named = documents.flatMap((path) => {
    const text = read(path);
    const tasks = [...text.matchAll(/\b(?:deno(?:@[\d.]+)?|plica_deno) task ([a-z][a-z:]*)/g)];
    const commands = [...text.matchAll(/(?:^|`|\s)(?:plica|deno run -A cli\.ts) ([a-z]+)\b/gm)];
    return [
      ...tasks.filter(([, task]) => !(task in manifest.tasks)).map(([call]) => `${path}: ${call}`),
      ...commands.filter(([, name]) => !(name in COMMANDS)).map(([call]) => `${path}: ${call.trim()}`),
    ];
  });
  deepEqual(named, []);
});

Deno.test("flags that the documents name exist", async () => {
  const known = new Set([...(await referenceText()).matchAll(/--[a-z][a-z0-9-]+/g)].map(([flag]) => flag));
  const foreign = /^--(help|version|include|output|dns-result-order)$/;
  const documents = ["README.md", "docs/architecture.md"];
  const unknown = documents.flatMap((path) => {
    const calls = read(path).split("\n").filter((line) => /\b(plica|cli\.ts|task demo)\b/.test(line));
    const flags = calls.flatMap((line) => line.match(/--[a-z][a-z0-9_-]+/g) ?? []);
    return flags.filter((flag) => !known.has(flag) && !foreign.test(flag)).map((flag) => `${path}: ${flag}`);
  });
  deepEqual(unknown, []);
});

Deno.test("links in the documents lead to files", () => {
  const documents = filesUnder("", [".md"]);
  const broken = documents.flatMap((path) => {
    const links = [...read(path).matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].map(([, target]) => target);
    const local = links.filter((target) => !/^[a-z]+:/.test(target));
    return local.filter((target) => !exists(new URL(target, `file:///${path}`).pathname.slice(1)))
      .map((target) => `${path}: ${target}`);
  });
  deepEqual(broken, []);
});

Deno.test("files and folders that the documents name exist", () => {
  const documents = filesUnder("", [".md"]).filter((path) => !path.startsWith("tests/"));
  const missing = documents.flatMap((path) => {
    const named = [...read(path).matchAll(/`((?:src|tests|bench|kernels|wasm|docs|fixtures)\/[\w./-]+)`/g)];
    return named.map(([, name]) => name).filter((name) => !exists(name.replace(/\/$/, "")))
      .map((name) => `${path}: ${name}`);
  });
  deepEqual(missing, []);
});

Deno.test("nothing is left for later and no machine leaves its traces", () => {
  // spelled in two parts, so that this file does not find itself
  const marks = new RegExp(["\\bTO" + "DO\\b", "\\bFIX" + "ME\\b", "\\bXX" + "X\\b"].join("|"));
  const machine = new RegExp(["/ro" + "ot/", "/ho" + "me/", "/wo" + "rk/", "/tm" + "p/"].join("|"));
  const found = texts.flatMap((path) => {
    const text = read(path);
    const mark = marks.exec(text)?.[0] ?? machine.exec(text)?.[0];
    return mark ? [`${path}: ${mark}`] : [];
  });
  deepEqual(found, []);
});

Deno.test("only tests, benches and CI look beside the project", () => {
  const product = texts.filter((path) => !/^(tests|bench|\.ci)\//.test(path));
  deepEqual(product.filter((path) => read(path).includes("../shared")), []);
});

Deno.test("the licence is the GPL, version 3 or later", () => {
  equal(manifest.license, "GPL-3.0-or-later");
  match(read("LICENSE"), /^\s*GNU GENERAL PUBLIC LICENSE\n\s*Version 3, 29 June 2007/);
  ok(read("LICENSE").length > 30_000);
});

function exists(path: string): boolean {
  try {
    Deno.statSync(new URL(path, ROOT));
    return true;
  } catch {
    return false;
  }
}
