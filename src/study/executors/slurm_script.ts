/**
 * The batch script of an array: line i of a list is the job of task i.
 *
 * @module
 */

/** The runtime reserves so much address space when it starts, and aborts where it cannot. */
const LEAST_SPACE_KIB = 40 * 1024 ** 2;

/** Options of {@linkcode batchScript}. */
export interface BatchScriptOptions {
  readonly dir: string;
  /** File with one hash a line. */
  readonly list: string;
  readonly program: readonly string[];
  /** Lines of the site, such as `module load deno`. */
  readonly prolog: string;
}

/**
 * Returns a script that runs the job in the background and waits, so that the signal before the time limit, USR1, is
 * passed on: the job writes its checkpoint, and the task is put back into the queue, where it goes on from there.
 * TERM comes from `scancel`, after which nothing is to run again.
 */
export function batchScript({ dir, list, program, prolog }: BatchScriptOptions): string {
  const job = [...program, "study", "job", dir].map(quoted).join(" ");
  return `#!/bin/bash
${prolog}
hash=$(sed -n "$((SLURM_ARRAY_TASK_ID + 1))p" ${quoted(list)})
folder=${quoted(dir)}/jobs/"$hash"
# where a job that ends without a word left its last ones
exec > "$folder/process.txt" 2>&1
space=$(ulimit -v)
if [ "$space" != unlimited ] && [ "$space" -lt ${LEAST_SPACE_KIB} ]; then
  echo "found an address space of $space KiB on $(hostname), expected at least ${LEAST_SPACE_KIB}; raise ulimit -v or the site's limit of virtual memory"
  exit 1
fi
late=0
late() {
  late=1
  touch "$folder/timeout"
  kill -TERM "$pid" 2>/dev/null
}
rm -f "$folder/timeout"
trap late USR1
trap 'kill -TERM "$pid" 2>/dev/null' TERM
trap 'kill -INT "$pid" 2>/dev/null' INT
${job} "$hash" --executor slurm --executor-id "\${SLURM_ARRAY_JOB_ID}_\${SLURM_ARRAY_TASK_ID}" &
pid=$!
wait "$pid"
code=$?
# a signal ends the first wait before the job has ended
while kill -0 "$pid" 2>/dev/null; do wait "$pid"; code=$?; done
if [ "$late" = 1 ] && [ "$code" != 0 ] && [ "\${SLURM_RESTART_COUNT:-0}" -lt 20 ]; then
  scontrol requeue "\${SLURM_ARRAY_JOB_ID}_\${SLURM_ARRAY_TASK_ID}"
  sleep 60
fi
exit "$code"
`;
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
