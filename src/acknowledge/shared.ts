// One acknowledgement as text, for the other agents. Whoever may write there can write anything: what breaks the rules is none.
import { at, textAt } from '../base/json.ts';
import { parseIso } from '../base/time.ts';
import { type Mac, parseMac } from '../net/address.ts';
import { type Acknowledgement, LONGEST_ACKNOWLEDGED } from '../watch/finding/acknowledgement.ts';
import { SEVERITIES } from '../watch/finding/kinds.ts';
import { commentMistake, shownName } from './acknowledging.ts';

const VERSION = 1;
/** Of the whole text; the policy of the chart lets no longer one in. */
const MAX_LENGTH = 4_096;
/** An id names a node at most, whose name has 253 characters. */
const MAX_ID = 400;

export function writeAcknowledgement(one: Acknowledgement): string {
  return JSON.stringify({ version: VERSION, ...one });
}

/** Undefined where it is none. Never throws. */
export function readAcknowledgement(text: unknown): Acknowledgement | undefined {
  const value = parsed(text);
  const finding = textAt(value, 'finding') ?? '';
  const severity = SEVERITIES.find((one) => one === at(value, 'severity'));
  const confirmed = at(value, 'confirmed');
  const service = textAt(value, 'service') ?? null;
  const macs = macsAt(value);
  const by = textAt(value, 'by') ?? null;
  const comment = textAt(value, 'comment') ?? '';
  const made = textAt(value, 'at') ?? '';
  const until = textAt(value, 'until') ?? '';
  const isWhole =
    at(value, 'version') === VERSION &&
    severity !== undefined &&
    typeof confirmed === 'boolean' &&
    macs !== undefined &&
    finding !== '' &&
    finding.length <= MAX_ID &&
    commentMistake(comment) === null &&
    (by === null || by === shownName(by)) &&
    parseIso(until)! - parseIso(made)! <= LONGEST_ACKNOWLEDGED;
  return isWhole ? { finding, severity, confirmed, service, macs, by, comment, at: made, until } : undefined;
}

/** Written by a later version of vipwatch, which has its reasons. */
export function isOfLaterVersion(text: unknown): boolean {
  const version = at(parsed(text), 'version');
  return typeof version === 'number' && version > VERSION;
}

function parsed(text: unknown): unknown {
  if (typeof text !== 'string' || text.length > MAX_LENGTH) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Undefined where there is anything but a list of MACs. */
function macsAt(value: unknown): readonly Mac[] | null | undefined {
  const found = at(value, 'macs');
  if (found === undefined || found === null) return null;
  if (!Array.isArray(found)) return undefined;
  const macs = found.filter((one): one is Mac => typeof one === 'string' && parseMac(one) === one);
  return macs.length === found.length ? macs : undefined;
}
