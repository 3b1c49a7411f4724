/**
 * Signatures of the package for Python, from the schema of the settings.
 *
 * @module
 */
import { type FieldInfo, fieldsOf } from "../src/config/mod.ts";
import { ROOT } from "./folders.ts";

/** Returns the signatures with every setting of the commands, by their names in Python. */
export function stubs(): string {
  return `"""Signatures of plica with every setting; written from its schema, do not edit."""

import os
from typing import Any, Literal, Union

import numpy as np

from ._calls import Reconstruction as Reconstruction
from ._program import PlicaError as PlicaError, PlicaWarning as PlicaWarning

Scan = Union[np.ndarray, str, "os.PathLike[str]"]

${stub("reconstruct")}
${stub("infer", ["model: str | os.PathLike[str] | None = ..."])}
${stub("run")}
`;
}

/** Settings whose names are arrays in Python, by their names there. */
const RENAMED: Readonly<Record<string, string>> = JSON.parse(
  await Deno.readTextFile(`${ROOT}/python/plica/renamed.json`),
);
/** Settings that the package has its own words for. */
const OWN = new Set(["mask", "output_dir", "quiet", "json"]);

function stub(command: Parameters<typeof fieldsOf>[0], more: readonly string[] = []): string {
  const settings = fieldsOf(command).map((field) => [nameOf(field), typeOf(field)] as const);
  const lines = [
    ...["patterns: Scan", "x: Any = ...", "y: Any = ...", "*", "probe: Any = ..."],
    ...["mask: Any = ...", "pixel_size_m: float | None = ...", ...more],
    ...["output_dir: str | os.PathLike[str] | None = ...", "progress: bool | None = ..."],
    ...settings.filter(([key]) => !OWN.has(key)).map(([key, type]) => `${key}: ${type} | None = ...`),
  ];
  return `def ${command}(\n${lines.map((line) => `    ${line},\n`).join("")}) -> Reconstruction: ...`;
}

function nameOf({ flag }: FieldInfo): string {
  const key = flag.replace(/^--/, "").replaceAll("-", "_");
  return Object.entries(RENAMED).find(([, flag]) => flag === key)?.[0] ?? key;
}

function typeOf({ kind, choices }: FieldInfo): string {
  const types = { boolean: "bool", integer: "int", number: "float", string: "str", list: "str" };
  return kind === "choice"
    ? `Literal[${choices.map((choice) => JSON.stringify(choice)).join(", ")}]`
    : types[kind];
}
