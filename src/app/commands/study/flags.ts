/**
 * The flags of `plica study`, as its actions see them.
 *
 * @module
 */

/** Parsed flags of `plica study`. */
export interface StudyFlags {
  readonly call: {
    readonly target: string;
    readonly hash: string | undefined;
    readonly outputDir: string | undefined;
  };
  readonly running: {
    readonly executor: string | undefined;
    readonly executorId: string | undefined;
    readonly jobs: number | undefined;
    readonly dryRun: true | undefined;
    readonly only: readonly string[];
    readonly from: string | undefined;
    readonly until: string | undefined;
    readonly failFast: true | undefined;
    readonly keepGoing: true | undefined;
    readonly retry: "failed" | "skipped" | "all" | undefined;
    readonly compat: true | undefined;
    readonly watch: true | undefined;
    readonly format: string | undefined;
    readonly to: "snakemake" | undefined;
  };
}
