// Who is answered first, where answers take work.
import { describe, expect, it } from 'vitest';
import { AnswerQueue } from '../../../src/serve/http/answer-queue.ts';

/** What clients owe; and, first, a question that is worked at until it is let go. */
function busyQueue(owed: Record<string, number>, hasRoom = (_: string) => true) {
  const owedBy = (client: string) => owed[client] ?? 0;
  const queue = new AnswerQueue({ share: 1, hasRoom, owedBy, mayWait: 8 });
  const first = Promise.withResolvers<void>();
  const turns: string[] = [];
  const ask = (client: string) =>
    queue.add(client, async () => {
      turns.push(client);
    });
  void queue.add('first', () => first.promise);
  return { ask, turns, letGo: first.resolve };
}

describe('a queue of questions', () => {
  it('takes those first who owe least, and among these who has waited longest', async () => {
    const { ask, turns, letGo } = busyQueue({ deaf: 100 });
    const asked = ['deaf', 'a', 'a', 'b'].map(ask);
    letGo();
    await Promise.all(asked);
    expect(turns).toEqual(['a', 'b', 'a', 'deaf']);
  });

  it('answers who comes and owes nothing while others wait for room', async () => {
    let isFull = true;
    const { ask, turns, letGo } = busyQueue({ deaf: 100 }, (client) => client !== 'deaf' || !isFull);
    const deaf = ask('deaf');
    letGo();
    await ask('a');
    await ask('b');
    expect(turns).toEqual(['a', 'b']);
    isFull = false;
    await deaf;
    expect(turns).toEqual(['a', 'b', 'deaf']);
  });
});
