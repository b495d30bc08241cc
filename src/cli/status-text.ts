// `vipwatch status` for people, on one screen: the verdict, what is wrong, the VIPs, the last takeover, the agents.

import { lengthOf } from '../watch/takeover/takeover.ts';
import { ageText, findingText, type Look, paint, vipsText, widthOf } from './agents-text.ts';
import type { Status } from './status.ts';
import { cut, wrapped } from './text-table.ts';
import { toSecond } from './time-text.ts';

/** More is left to `vipwatch findings` and `vipwatch vips`. */
const MAX_FINDING_LINES = 9;
const MAX_VIPS = 2;
const MAX_AGENTS = 3;

/** @param now Unix time in milliseconds. */
export function statusText(status: Status, look: Look, now: number): string {
  const blocks = [
    verdictText(status, look, now),
    ...findingBlocks(status, look, now),
    factsText(status, look, now),
  ];
  return blocks.join('\n');
}

function verdictText(status: Status, look: Look, now: number): string {
  const { verdict, critical, warnings, findings, vips, vipsInTrouble } = status;
  const time = toSecond(look.timeText(new Date(now).toISOString()));
  if (verdict === 'fine' && vips.total === 0)
    return `${paint(look, ['yellow', 'bold'], 'No VIP is known:')} there is nothing to watch yet. (${time})\n`;
  if (verdict === 'fine')
    return `${paint(look, ['green', 'bold'], 'All is well.')} Nothing that is seen endangers a VIP. (${time})\n`;
  const urgent = `${counted(critical, 'thing')} ${critical === 1 ? 'is' : 'are'} wrong${knownText(status)}`;
  const foreseen = counted(warnings, 'warning');
  const said = [...(critical > 0 ? [urgent] : []), ...(warnings > 0 ? [foreseen] : [])].join(', ');
  const style = verdict === 'critical' ? 'red' : 'yellow';
  const more =
    findings.length + vipsInTrouble.length === 0 ? ', and nothing that is seen endangers a VIP' : '';
  return `${paint(look, [style, 'bold'], `${said}${more}.`)} (${time})\n`;
}

/** How many of the critical findings somebody sees to. */
function knownText({ findings, critical }: Status): string {
  const known = findings.filter(
    ({ severity, acknowledged }) => severity === 'critical' && acknowledged,
  ).length;
  if (known === 0) return '';
  return known === critical ? ' (acknowledged)' : ` (${known} acknowledged)`;
}

function findingBlocks({ findings }: Status, look: Look, now: number): string[] {
  const shown: string[] = [];
  let lines = 0;
  for (const finding of findings) {
    const text = findingText(finding, look, now);
    lines += text.split('\n').length;
    if (shown.length > 0 && lines > MAX_FINDING_LINES) break;
    shown.push(text);
  }
  const more = findings.length - shown.length;
  return more > 0 ? [...shown, `and ${more} more: vipwatch findings\n`] : shown;
}

function factsText(status: Status, look: Look, now: number): string {
  const { vips, vipsInTrouble, lastTakeover } = status;
  const asked = vips.notAsked === 0 ? '' : `, ${vips.notAsked} not probed`;
  const lines = [
    line('VIPs', vips.total === 0 ? 'none are known' : `${vips.up} of ${vips.total} answered${asked}`),
  ];
  if (vipsInTrouble.length > 0) {
    lines.push(vipsText(vipsInTrouble.slice(0, MAX_VIPS), look).replaceAll(/^(?=.)/gm, '  '));
    if (vipsInTrouble.length > MAX_VIPS)
      lines.push(`  and ${vipsInTrouble.length - MAX_VIPS} more: vipwatch vips\n`);
  }
  if (lastTakeover !== null) {
    const { ip, from, to, at, class: sort } = lastTakeover;
    const text = `${ip} ${from.node} -> ${to.node} ${ageText(at, now)} ago, ${lengthOf(lastTakeover)} (${sort})`;
    lines.push(wrapped(text, widthOf(look), ' '.repeat(10), 'Takeover  '));
  }
  return lines.join('') + agentsText(status, look);
}

function agentsText({ agents, notAsked }: Status, look: Look): string {
  const fine = agents.filter(({ ready, problems }) => ready && problems.length === 0);
  const others = agents.filter((agent) => !fine.includes(agent));
  const names = fine.map(({ name }) => name).join(', ');
  const total = agents.length + notAsked.length;
  const summary = `${fine.length} of ${total} fine${names === '' ? '' : `: ${names}`}`;
  const lines = [
    ...notAsked.map(({ name, reason }) => `${name} could not be asked: ${reason}`),
    ...others.map(({ name, problems }) => `${name}: ${problems.join('; ')}`),
  ];
  const more = lines.length - MAX_AGENTS;
  const width = widthOf(look);
  return (
    line('Agents', cut(summary, width - 10)) +
    lines
      .slice(0, MAX_AGENTS)
      .map((text) => `${paint(look, 'yellow', wrapped(text, width, '    ', '  ').trimEnd())}\n`)
      .join('') +
    (more > 0 ? `  and ${more} more\n` : '')
  );
}

function line(what: string, text: string): string {
  return `${what.padEnd(8)}  ${text}\n`;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
