import { deepEqual, equal, ok } from "node:assert/strict";

const ROOT = new URL("../..", import.meta.url);

/** `npm:name@version` of each module under src/deps, types first, without paths inside the package. */
async function importedPins(): Promise<Map<string, string[]>> {
  const pins = new Map<string, string[]>();
  for await (const { name } of Deno.readDir(new URL("src/deps/", ROOT))) {
    const source = await Deno.readTextFile(new URL(`src/deps/${name}`, ROOT));
    const found = [...source.matchAll(/(?:from |@ts-types=)"(npm:(?:@[^/"]+\/)?[^@/"]+@[^/"]+)/g)].map((
      [, pin],
    ) => pin);
    pins.set(name, [...new Set(found)]);
  }
  return pins;
}

Deno.test("each dependency has one module and the version that deno.json pins", async () => {
  const { imports } = JSON.parse(await Deno.readTextFile(new URL("deno.json", ROOT)));
  const pins = await importedPins();
  for (const [name, found] of pins) {
    const packages = found.filter((pin) => !pin.startsWith("npm:@types/"));
    equal(packages.length, 1, `${name} imports ${packages.length} packages`);
  }
  deepEqual([...pins.values()].flat().sort(), Object.values(imports).sort());
});

Deno.test("pins are exact versions", async () => {
  for (const pin of [...(await importedPins()).values()].flat()) ok(/@\d+\.\d+\.\d+$/.test(pin), pin);
});
