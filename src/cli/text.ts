// Events for people at a terminal.
import { styleText } from 'node:util';
import { quotedName } from '../base/quoted-name.ts';
import type { EventJson } from '../serve/render/render.ts';
import { changeWords } from '../watch/finding/change-words.ts';
import { FINDINGS_PAGE } from '../watch/finding/documentation.ts';
import { lengthOf } from '../watch/takeover/takeover.ts';
import { configuredText, heardText, type Summary } from './replay-summary.ts';
import type { Terminal } from './terminal.ts';
import type { TimeText } from './time-text.ts';

type Style = Parameters<typeof styleText>[0];

export class TextRenderer {
  readonly #color: boolean;
  readonly #time: TimeText;

  constructor({ color, timeText }: Pick<Terminal, 'color' | 'timeText'>) {
    this.#color = color;
    this.#time = timeText;
  }

  /** One line, or several for a finding that was raised or changed: what is wrong, the proof, what to do. */
  event(event: EventJson): string {
    const at = this.#paint('dim', this.#time(event.at));
    switch (event.type) {
      case 'finding': {
        if (event.action === 'resolved') {
          return `${at}  ${this.#paint('green', 'resolved')}  ${event.kind}  ${event.ip}\n`;
        }
        const grave = event.severity === 'critical';
        const head = this.#paint(grave ? ['red', 'bold'] : ['yellow', 'bold'], event.severity.padEnd(8));
        const shown = event.changed ? event.evidence.slice(-1) : event.evidence;
        const evidence = shown.map(
          (line) => `    ${this.#paint('dim', `${this.#time(line.at)}  ${line.summary}`)}\n`,
        );
        const change = event.changed ? `${changeWords(event.changed, event)}: ` : '';
        return (
          `${at}  ${head}  ${this.#paint('bold', event.kind)}  ${event.ip}${this.#place(event)}\n` +
          `    ${change}${event.message}\n${evidence.join('')}    ${this.#paint('cyan', `What to do: ${event.remedy}`)}\n`
        );
      }
      case 'takeover': {
        const { from, to, ip } = event;
        const length = lengthOf(event);
        const what = this.#paint('magenta', event.class.padEnd(8));
        return `${at}  ${what}  ${ip}  from ${from.node} (${from.mac}) to ${to.node} (${to.mac}), ${length}\n`;
      }
      case 'service-gap':
        // A capture measures no service.
        return '';
      case 'lease': {
        const name = event.hostname === null ? event.mac : `${quotedName(event.hostname)} (${event.mac})`;
        const server = event.server === null ? '' : `, server ${event.server}`;
        const leased = event.prefixLength === undefined ? event.ip : `${event.ip}/${event.prefixLength}`;
        return `${at}  lease     ${leased}  ${event.state}: ${name}${server}\n`;
      }
      default:
        return event satisfies never;
    }
  }

  summary(summary: Summary): string {
    const { frames, arp, ndp, dhcp, ignored, malformed, raised, suppressed, takeovers, leftOut } = summary;
    const bad = total(malformed);
    const reasons = bad === 0 ? '' : ` (${list(malformed)})`;
    const findings = total(raised) === 0 ? this.#paint('green', 'no findings') : `findings: ${list(raised)}`;
    const hidden = suppressed ? `; suppressed: ${list(suppressed)}` : '';
    const others = leftOut ? `; left out: ${list(leftOut)}` : '';
    return (
      `${frames} frames: ${arp} ARP, ${ndp} NDP, ${dhcp} DHCP, ${ignored} ignored, ${bad} malformed${reasons}${others}\n` +
      `${heardText(summary, this.#time)}\nconfigured: ${configuredText(summary.configured)}\n` +
      `${findings}${hidden}; takeovers: ${takeovers}\n${moreText(raised)}`
    );
  }

  #place(event: { readonly interface: string | null; readonly vlan: number | null }): string {
    if (event.interface === null) return '';
    return this.#paint(
      'dim',
      event.vlan === null ? `  on ${event.interface}` : `  on ${event.interface}.${event.vlan}`,
    );
  }

  #paint(style: Style, text: string): string {
    return this.#color ? styleText(style, text, { validateStream: false }) : text;
  }
}

/** Where what was found is explained, by kind. */
function moreText(raised: Readonly<Record<string, number>>): string {
  return Object.keys(raised)
    .map((kind) => `More: vipwatch explain ${kind}, or ${FINDINGS_PAGE}#${kind}\n`)
    .join('');
}

function total(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

function list(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([word, count]) => `${count} ${word}`)
    .join(', ');
}
