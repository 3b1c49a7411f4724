import { equal, match, ok } from "node:assert/strict";
import { COMMANDS } from "../../src/app/commands.ts";
import { PLICA_VERSION } from "../../src/common/version.ts";
import { runPlica } from "./fake_session.ts";

Deno.test("help lists every command, and is what a call without arguments shows", async () => {
  const { code, out, err } = await runPlica("--help");
  equal(code, 0);
  equal(err, "");
  for (const name of Object.keys(COMMANDS)) match(out, new RegExp(`^  ${name} `, "m"));
  equal((await runPlica()).out, out);
  equal((await runPlica("help")).out, out);
});

Deno.test("version is that of the package", async () => {
  equal((await runPlica("--version")).out, `plica ${PLICA_VERSION}\n`);
});

Deno.test("every command has a help page with an example and the line of the list", async () => {
  for (const [name, { brief, load }] of Object.entries(COMMANDS)) {
    const { code, out } = await runPlica(name, "--help");
    equal(code, 0, name);
    ok(out.startsWith(brief), name);
    match(out, new RegExp(`Example: plica ${name}`));
    equal((await load()).name, name);
    equal((await runPlica("help", name)).out, out);
  }
});

Deno.test("a typo in a command or flag is one line with the nearest name and exit 2", async () => {
  const cases: [string[], string][] = [
    [["inspekt"], "Did you mean inspect?"],
    [["--verison"], "Did you mean --version?"],
    [["inspect", "--josn", "x.npz"], "Did you mean --json?"],
  ];
  for (const [args, hint] of cases) {
    const { code, out, err } = await runPlica(...args);
    equal(code, 2);
    equal(out, "");
    match(err, /^plica[^\n]*\n$/);
    ok(err.includes(hint), err);
  }
});

Deno.test("help starts without loading schemas, formats or kernels", async () => {
  const graph = await moduleGraph("cli.ts");
  const heavy = graph.filter((module) =>
    /src\/(config|host|formats|engine|scan|network)\/|zod|h5wasm|zip/.test(module)
  );
  equal(heavy.join("\n"), "");
});

Deno.test("the command line answers as a process", async () => {
  const run = async (...args: string[]) => {
    const command = new Deno.Command(Deno.execPath(), { args: ["run", "-A", "cli.ts", ...args] });
    const { code, stdout, stderr } = await command.output();
    return { code, out: new TextDecoder().decode(stdout), err: new TextDecoder().decode(stderr) };
  };
  equal((await run("--version")).out, `plica ${PLICA_VERSION}\n`);
  const missing = await run("inspect", "no-such-file.npz", "--quiet");
  equal(missing.code, 1);
  equal(missing.out, "");
  match(missing.err, /^plica inspect: no-such-file\.npz: [^\n]+\n$/);
});

/** Everything that the static imports of a module load, without what is imported when needed. */
async function moduleGraph(path: string): Promise<string[]> {
  const command = new Deno.Command(Deno.execPath(), { args: ["info", "--json", path] });
  const { modules } = JSON.parse(new TextDecoder().decode((await command.output()).stdout));
  const byName = new Map<string, ModuleInfo>(modules.map((module: ModuleInfo) => [module.specifier, module]));
  const seen = new Set<string>();
  const visit = (specifier: string) => {
    if (seen.has(specifier)) return;
    seen.add(specifier);
    for (const { code, isDynamic } of byName.get(specifier)?.dependencies ?? []) {
      if (code && !isDynamic) visit(code.specifier);
    }
  };
  visit(new URL(`../../${path}`, import.meta.url).href);
  return [...seen];
}

interface ModuleInfo {
  readonly specifier: string;
  readonly dependencies?: readonly {
    readonly code?: { readonly specifier: string };
    readonly isDynamic?: boolean;
  }[];
}
