// Says in the log what is wrong with the way to the intent: once for each change, however often it is tried again.

import type { IntentHealth } from '../../cluster/health.ts';
import type { EventLogger } from './event-log.ts';

export class IntentLog {
  readonly #log: EventLogger;
  #told = '';
  readonly #unjudged = new Set<string>();

  constructor(log: EventLogger) {
    this.#log = log;
  }

  tell(health: IntentHealth): void {
    this.#tellReading(health);
    this.#tellUnjudged(health);
  }

  #tellReading({ problems, doubts }: IntentHealth): void {
    // The first answers are on their way: no trouble.
    const troubled = problems.filter(({ reason }) => reason !== 'waiting');
    const told =
      troubled.length + doubts.length === 0
        ? ''
        : JSON.stringify([troubled.map(({ kind, reason }) => [kind, reason]), doubts]);
    if (told === this.#told) return;
    this.#told = told;
    const fields = { event: 'intent', problems: troubled, doubts };
    if (troubled.length > 0)
      this.#log.warn(
        fields,
        'Not all can be read from the Kubernetes API; what was last known stays in force',
      );
    else if (doubts.length > 0) this.#log.warn(fields, 'Nobody can tell which nodes MetalLB elects');
    else this.#log.info(fields, 'All is read from the Kubernetes API again');
  }
  #tellUnjudged({ unjudged }: IntentHealth): void {
    for (const told of this.#unjudged) if (!unjudged.includes(told)) this.#unjudged.delete(told);
    for (const sentence of unjudged) {
      if (this.#unjudged.has(sentence)) continue;
      this.#unjudged.add(sentence);
      this.#log.warn({ event: 'intent' }, sentence);
    }
  }
}
