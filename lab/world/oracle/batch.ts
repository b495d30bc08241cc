// Many seeds, on all cores.
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import type { Wishes } from '../generate.ts';
import { playSeed, type SeedResult } from './seed.ts';

/** What a thread is asked, and what it answers. */
export interface Task {
  readonly seed: string;
  readonly wishes: Wishes;
}

/** The results come in the order of the tasks, each as soon as it and those before it are there. */
export async function playAll(
  tasks: readonly Task[],
  onResult: (result: SeedResult) => boolean,
  threads: number = availableParallelism(),
): Promise<void> {
  const workers = Array.from(
    { length: Math.min(threads, tasks.length) },
    () => new Worker(new URL(import.meta.url)),
  );
  const results = new Map<number, SeedResult>();
  let asked = 0;
  let told = 0;
  let goesOn = true;
  const work = async (worker: Worker): Promise<void> => {
    while (goesOn && asked < tasks.length) {
      const place = asked;
      asked += 1;
      results.set(place, await answerOf(worker, tasks[place]!));
      for (let result = results.get(told); result && goesOn; result = results.get(told)) {
        results.delete(told);
        told += 1;
        goesOn = onResult(result);
      }
    }
  };
  try {
    await Promise.all(workers.map(work));
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

async function answerOf(worker: Worker, task: Task): Promise<SeedResult> {
  worker.postMessage(task);
  const [result] = await once(worker, 'message');
  return result;
}

if (!isMainThread)
  parentPort?.on('message', ({ seed, wishes }: Task) => parentPort!.postMessage(playSeed(seed, wishes)));
