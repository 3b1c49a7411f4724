import { deepEqual, equal, ok } from "node:assert/strict";
import { resolveConfig } from "../../src/config/resolve.ts";
import { CONFIGURED_COMMANDS } from "../../src/config/field.ts";
import { configFields, configJsonSchema, fieldsOf } from "../../src/config/schema.ts";
import { nearest } from "../../src/common/names.ts";

Deno.test("every setting has a flag of its own, a one-line description and a default that fits", () => {
  for (const command of CONFIGURED_COMMANDS) {
    const flags = fieldsOf(command).map((info) => info.flag);
    equal(new Set(flags).size, flags.length, `a flag of ${command} means two settings`);
  }
  for (const info of configFields) {
    ok(/^--[a-z][a-z0-9-]+$/.test(info.flag), info.flag);
    ok(info.meta.description.length > 10 && !info.meta.description.includes("\n"), info.path);
    ok(info.meta.description.length <= 100, `the description of ${info.path} does not fit a line`);
    ok(info.schema.safeParse(info.default).success, `default of ${info.path}`);
    ok(info.default !== null || info.meta.none, `${info.path} has no word for null`);
  }
});

Deno.test("training takes no inference settings as flags and inference none of the network", () => {
  ok(!fieldsOf("train").some((info) => info.section === "inference"));
  ok(!fieldsOf("infer").some((info) => info.section === "model" || info.section === "training"));
  ok(fieldsOf("infer").some((info) => info.flag === "--n-groups"));
});

Deno.test("the JSON Schema knows every setting with range and default", () => {
  const schema = JSON.parse(JSON.stringify(configJsonSchema()));
  for (const info of configFields) {
    const property = schema.properties[info.section].properties[info.key];
    equal(property.flag, info.flag);
    equal(property.description, info.meta.description);
    equal(JSON.stringify(property.default), JSON.stringify(info.default));
  }
  equal(schema.properties.model.properties.gridsize.maximum, 8);
  equal(schema.properties.model.additionalProperties, false);
});

Deno.test("resolved values are what the schemas say", () => {
  const { values } = resolveConfig();
  for (const info of configFields) {
    const section: Readonly<Record<string, unknown>> = values[info.section];
    deepEqual(section[info.key], info.default);
  }
});

Deno.test("typos find the nearest name", () => {
  equal(nearest("sitting", ["kitten"]), undefined); // three changes, where two are a typo
  equal(nearest("sitten", ["kitten"]), "kitten");
  equal(nearest("nepcohs", ["nepochs", "nepcoxyz"]), "nepochs"); // neighbours swapped are one change
  equal(nearest("gridsiez", ["gridsize", "seed"]), "gridsize");
  equal(nearest("GRIDSIZE", ["gridsize"]), "gridsize");
  equal(nearest("wavelength", ["gridsize", "seed"]), undefined);
});
