import { deepEqual, equal, throws } from "node:assert/strict";
import { formatValue, isDefault } from "../../src/config/field.ts";
import { resolveConfig } from "../../src/config/resolve.ts";
import { configFields, configJsonSchema } from "../../src/config/schema.ts";
import { checkValue, fromText } from "../../src/config/value.ts";

const logger = named("execution.logger");
const format = named("inference.format");

function named(path: string) {
  const info = configFields.find((one) => one.path === path);
  if (!info) throw new Error(`no setting ${path}`);
  return info;
}

Deno.test("a list is written with commas on the command line, and as one or as a list in a file", () => {
  for (const written of ["csv,mlflow", " csv , mlflow", ["csv", "mlflow"]]) {
    const { values } = resolveConfig([{ layer: "config", values: { execution: { logger: written } } }]);
    deepEqual(values.execution.logger, ["csv", "mlflow"]);
  }
  deepEqual(checkValue(format, fromText(format, "tiff,h5")).value, ["tiff", "h5"]);
  equal(formatValue(format, ["tiff", "h5"]), "tiff,h5");
});

Deno.test("none is the list with nothing in it, where a list may be empty", () => {
  deepEqual(checkValue(logger, "none").value, []);
  equal(formatValue(logger, []), "none");
  throws(
    () => checkValue(format, "none"),
    /--format: found none, expected one or more of npz, png, bare-png, tiff, h5/,
  );
  throws(() => checkValue(format, []), /--format: found an empty list/);
});

Deno.test("a list refuses what it does not know, the same twice, and none among others", () => {
  for (const text of ["csv,wandb", "csv,csv", "none,csv", "", "csv,"]) {
    throws(() => checkValue(logger, text), /^ConfigError: --logger: found .+, expected one or more of csv, /);
  }
});

Deno.test("lists are compared by what is in them", () => {
  equal(isDefault(logger, ["csv"]), true);
  equal(isDefault(logger, []), false);
  equal(isDefault(logger, ["csv", "tensorboard"]), false);
});

Deno.test("the JSON Schema takes a list of choices, or a text", () => {
  const schema = JSON.parse(JSON.stringify(configJsonSchema()));
  const [list, text] = schema.properties.inference.properties.format.anyOf;
  deepEqual(list.items.enum, ["npz", "png", "bare-png", "tiff", "h5"]);
  deepEqual(text, { type: "string" });
});
