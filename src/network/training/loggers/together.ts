/**
 * Several loggers as one.
 *
 * @module
 */
import { type Logger, messageOf, silentLogger } from "../../../common/mod.ts";
import { noRunLogger, type RunLogger } from "../run/run_logger.ts";

/** Hands every report to all of `members`, and goes on without those that fail. */
export function together(
  members: readonly { readonly name: string; readonly to: RunLogger }[],
  logger: Logger = silentLogger,
): RunLogger {
  if (members.length === 0) return noRunLogger;
  const failed = new Set<string>();
  const each = async (report: (to: RunLogger) => Promise<void>) => {
    await Promise.all(
      members.filter(({ name }) => !failed.has(name)).map(async ({ name, to }) => {
        try {
          await report(to);
        } catch (error) {
          failed.add(name);
          logger.warn(`the logger ${name} failed (${messageOf(error)}); the run goes on without it`);
          await to.finish("failed").catch(() => undefined); // closes its files
        }
      }),
    );
  };
  return {
    start: (run) => each((to) => to.start(run)),
    scalars: (report) => each((to) => to.scalars(report)),
    image: (report) => each((to) => to.image(report)),
    artifact: (report) => each((to) => to.artifact(report)),
    finish: (status) => each((to) => to.finish(status)),
  };
}
