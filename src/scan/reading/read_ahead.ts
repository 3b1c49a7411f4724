/**
 * Reads ahead: a queue of reads that run while earlier results are processed.
 *
 * @module
 */

/** Options of the queue. */
export interface ReadAheadOptions<T> {
  /** Number of reads. */
  readonly count: number;
  /** Reads in flight besides the one that is processed. Default 1. */
  readonly depth?: number;
  read(k: number): Promise<T>;
}

/** Yields `read(0)`, `read(1)`, ... in order. What fails is thrown when its turn comes. */
export async function* readAhead<T>({ count, depth = 1, read }: ReadAheadOptions<T>): AsyncGenerator<T> {
  const underWay: Promise<T>[] = [];
  let asked = 0;
  const ask = () => {
    if (asked >= count) return;
    const next = read(asked++);
    next.catch(() => {}); // awaited in its turn
    underWay.push(next);
  };
  ask();
  for (let first = underWay.shift(); first; first = underWay.shift()) {
    while (underWay.length < depth && asked < count) ask();
    yield await first;
  }
}
