/**
 * The commands. Their files are loaded when they are called, so that help is there at once.
 *
 * @module
 */
import type { Command } from "./shell/command.ts";

/** A command that is not loaded yet. */
export interface CommandEntry {
  /** One line for the help. */
  readonly brief: string;
  load(): Promise<Command>;
}

/** All commands, in the order of the help. */
export const COMMANDS = Object.freeze({
  run: {
    brief: "Look at a scan, decide what it needs, and make the best picture of it: the place to begin.",
    load: async () => (await import("./commands/run/run.ts")).runCommand,
  },
  train: {
    brief: "Train a network on the patterns of a scan.",
    load: async () => (await import("./commands/train.ts")).trainCommand,
  },
  infer: {
    brief: "Reconstruct the object of a scan with a network, in seconds.",
    load: async () => (await import("./commands/infer/infer.ts")).inferCommand,
  },
  pretrain: {
    brief: "Train the network over the image on synthetic scans that are made on the way.",
    load: async () => (await import("./commands/pretrain.ts")).pretrainCommand,
  },
  reconstruct: {
    brief: "Reconstruct the object of a scan with an iterative solver.",
    load: async () => (await import("./commands/reconstruct.ts")).reconstructCommand,
  },
  merge: {
    brief: "Add up the parts of a reconstruction that infer --shard made.",
    load: async () => (await import("./commands/merge.ts")).mergeCommand,
  },
  simulate: {
    brief: "Simulate a scan of a known object.",
    load: async () => (await import("./commands/simulate.ts")).simulateCommand,
  },
  compare: {
    brief: "Compare reconstructions with a reference or their halves with each other.",
    load: async () => (await import("./commands/compare.ts")).compareCommand,
  },
  study: {
    brief: "Run a study over dose, overlap and method, here or on a cluster, and write its report.",
    load: async () => (await import("./commands/study/study.ts")).studyCommand,
  },
  convert: {
    brief: "Write scans, results and models of any program in the format of another.",
    load: async () => (await import("./commands/convert/convert.ts")).convertCommand,
  },
  export: {
    brief: "Write a trained network as ONNX, for other programs.",
    load: async () => (await import("./commands/export.ts")).exportCommand,
  },
  inspect: {
    brief: "Show what is in a data file, a bundle or a training run, and what is wrong with it.",
    load: async () => (await import("./commands/inspect/inspect.ts")).inspectCommand,
  },
  fixture: {
    brief: "Make a minimal data set of a scan, for tests and examples.",
    load: async () => (await import("./commands/fixture.ts")).fixtureCommand,
  },
  doctor: {
    brief: "Show the devices of this machine and test them.",
    load: async () => (await import("./commands/doctor/doctor.ts")).doctorCommand,
  },
  demo: {
    brief:
      "Simulate a scan, reconstruct it by a solver and by training a network, and compare with the truth.",
    load: async () => (await import("./commands/demo.ts")).demoCommand,
  },
}) satisfies Readonly<Record<string, CommandEntry>>;

/** The name of a command. */
export type CommandName = keyof typeof COMMANDS;

/** True for the name of a command. */
export function isCommand(name: string): name is CommandName {
  return Object.hasOwn(COMMANDS, name);
}
