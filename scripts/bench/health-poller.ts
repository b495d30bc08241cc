// Runs inside a namespace: asks http://127.0.0.1:9797/healthz ten times a second, until its input ends, and prints how many
// milliseconds each answer took.
import { once } from 'node:events';
import { get } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';

const EVERY_MS = 100;
const times: number[] = [];
let ended = false;
process.stdin.resume();
process.stdin.once('end', () => {
  ended = true;
});

async function ask(): Promise<void> {
  const startedAt = performance.now();
  try {
    const request = get('http://127.0.0.1:9797/healthz', { agent: false });
    const [response] = await once(request, 'response');
    await text(response);
    times.push(performance.now() - startedAt);
  } catch {
    // No answer at all.
    times.push(Number.POSITIVE_INFINITY);
  }
}

const asked: Promise<void>[] = [];
while (!ended) {
  asked.push(ask());
  await pause(EVERY_MS);
}
await Promise.all(asked);
// JSON knows no Infinity.
console.log(JSON.stringify(times.map((time) => (Number.isFinite(time) ? time : 1e9))));
