// Tells what happens in the lab, a line at a time, to people.

import { styleText } from 'node:util';
import { lengthText } from '../src/base/length-text.ts';
import type { EventJson } from '../src/serve/render/render.ts';
import { changeWords } from '../src/watch/finding/change-words.ts';
import { lengthOf } from '../src/watch/takeover/takeover.ts';

type Style = Parameters<typeof styleText>[0];

/** Columns that tell where a line begins: the seconds, and who. */
const SECONDS_WIDTH = 7;
const WHO_WIDTH = 8;
const INDENT = ' '.repeat(SECONDS_WIDTH + WHO_WIDTH + 3);

export class Narrator {
  readonly #stream: NodeJS.WriteStream;
  readonly #startedAt = performance.now();

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
  }

  /** A line with the seconds since the beginning, and who did it. */
  tell(who: string, what: string): void {
    const seconds = ((performance.now() - this.#startedAt) / 1000).toFixed(1).padStart(SECONDS_WIDTH - 2);
    this.line(`${this.style('dim', `${seconds} s`)} ${this.style('cyan', who.padEnd(WHO_WIDTH))}  ${what}`);
  }

  /** What an agent reports; of leases only what was asked for or given. */
  event(who: string, event: EventJson): void {
    switch (event.type) {
      case 'finding':
        this.#finding(who, event);
        return;
      case 'lease':
        this.tell(
          who,
          `sees DHCP: ${event.ip} ${event.state}, ${event.hostname ?? 'a client'} (${event.mac})`,
        );
        return;
      case 'takeover':
        this.tell(
          who,
          `${this.style(['magenta', 'bold'], `TAKEOVER ${event.class}`)}  ${event.ip} moved from ${event.from.node} to ${event.to.node}: ${lengthOf(event)}`,
        );
        return;
      case 'service-gap':
        if (event.serviceGapMs !== null)
          this.tell(
            who,
            `sees the service on ${event.ip} ${event.serviceOpen ? 'still away' : 'back'} after ${lengthText(event.serviceGapMs)}`,
          );
        return;
      default:
        event satisfies never;
    }
  }

  /** A paragraph of its own below a headline. */
  section(title: string, lines: readonly string[]): void {
    this.line('');
    this.line(this.style('bold', title));
    for (const line of lines) this.line(`  ${line}`);
  }

  line(text: string): void {
    this.#stream.write(`${text}\n`);
  }

  /** Plain where the output is no terminal or NO_COLOR is set. */
  style(style: Style, text: string): string {
    return styleText(style, text, { stream: this.#stream });
  }

  #finding(who: string, event: EventJson & { type: 'finding' }): void {
    if (event.action === 'resolved') {
      this.tell(who, this.style('green', `resolved: ${event.kind} ${event.ip}`));
      return;
    }
    const style: Style = event.severity === 'critical' ? ['red', 'bold'] : ['yellow', 'bold'];
    const change = event.changed ? `${changeWords(event.changed, event)}: ` : '';
    const head = this.style(style, `${event.severity.toUpperCase()} ${event.kind}`);
    this.tell(who, `${head}  ${change}${event.message}`);
    for (const { summary } of event.changed ? event.evidence.slice(-1) : event.evidence)
      this.line(`${INDENT}${this.style('dim', `seen: ${summary}`)}`);
    this.line(`${INDENT}${this.style('green', `do: ${event.remedy}`)}`);
  }
}
