// Single values of the configuration file: what is accepted, what it is parsed to, and what is said of anything else.
import * as Type from 'typebox/type';
import { OWN_LABELS } from '../alert/alertmanager/alert.ts';
import { durationMistake, parseDuration, parseWithUnit } from '../base/duration.ts';
import { parseIso } from '../base/time.ts';
import { ipMistake, isGroupMac, isIpv4, parseIp, parseMac, ZERO_MAC } from '../net/address.ts';
import { parseRange } from '../net/range.ts';
import { FINDING_KINDS } from '../watch/finding/kinds.ts';

const MEBIBYTE = 1024 * 1024;

const SIZE_UNITS: Readonly<Record<string, number>> = { KiB: 1024, MiB: MEBIBYTE, GiB: 1024 * MEBIBYTE };

/** A text that stands for a value: `parse` gives undefined for any other, and `mistake` says what is wrong with that one. */
export function parsedText<Value extends {}>(
  parse: (text: string) => Value | undefined,
  mistake: (text: string) => string,
  options: { default?: string; description?: string } = {},
) {
  return Type.Decode(
    Type.Refine(Type.String(options), (text) => parse(text) !== undefined, mistake),
    (text) => parse(text)!,
  );
}

export const address = parsedText(parseIp, ipMistake);
export const ipv4 = parsedText(
  (text) => {
    const ip = parseIp(text);
    return ip !== undefined && isIpv4(ip) ? ip : undefined;
  },
  (text) => `"${text}" is not an IPv4 address`,
);
export const mac = parsedText(
  (text) => {
    const parsed = parseMac(text);
    return parsed === undefined || isGroupMac(parsed) || parsed === ZERO_MAC ? undefined : parsed;
  },
  (text) =>
    parseMac(text)
      ? `"${text}" cannot be one machine's own MAC address`
      : `"${text}" is not a MAC address (02:00:00:00:00:10)`,
);
export const range = parsedText(
  (text) => {
    const parsed = parseRange(text);
    return typeof parsed === 'string' ? undefined : parsed;
  },
  (text) => parseRange(text) as string,
);
export const ipv4Range = parsedText(
  (text) => {
    const parsed = parseRange(text);
    return typeof parsed === 'string' || parsed.family === 6 ? undefined : parsed;
  },
  (text) => {
    const parsed = parseRange(text);
    return typeof parsed === 'string' ? parsed : `"${text}" is IPv6: DHCP ranges are IPv4`;
  },
);
export const interfaceName = Type.Refine(
  Type.String(),
  (text) => /^[^\s/:]{1,15}$/.test(text),
  (text) => `"${text}" is not an interface name (1 to 15 characters without spaces, "/" and ":")`,
);
export const name = Type.String({ minLength: 1, maxLength: 253 });
export const namespace = Type.Refine(
  Type.String({
    default: 'metallb-system',
    description: 'the namespace of MetalLB, its pools and its advertisements',
  }),
  // RFC 1123, as Kubernetes checks it; it becomes part of a request's path.
  (text) => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(text),
  (text) => `"${text}" is not the name of a namespace`,
);
export const service = Type.Refine(
  Type.String(),
  (text) => /^[a-z0-9.-]{1,253}\/[a-z0-9.-]{1,253}$/.test(text),
  (text) => `"${text}" is not a Service: expected NAMESPACE/NAME`,
);

export const hostName = Type.Refine(
  Type.String(),
  (text) => /^[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*$/i.test(text) && text.length <= 253,
  (text) => `"${text}" is not the name of a host: expected a name such as agent.lan, without port`,
);

export function file(description: string) {
  return Type.Refine(
    Type.String({ description }),
    (text) => text.startsWith('/'),
    (text) => `"${text}" is not an absolute path`,
  );
}

export const DEFAULT_JOURNAL = '/var/lib/vipwatch/journal.db';

/** A file that cannot be used is renamed: the name guards against pointing at somebody else's by mistake. */
export function isJournalPath(text: string): boolean {
  return /^\/.*\.(db|sqlite)$/.test(text);
}

/** Null: in memory. */
export const journalPath = Type.Decode(
  Type.Refine(
    Type.String({ default: DEFAULT_JOURNAL, description: 'file, or ":memory:" for none' }),
    (text) => text === ':memory:' || isJournalPath(text),
    (text) => `"${text}" is not an absolute path that ends in .db or .sqlite, nor ":memory:"`,
  ),
  (text) => (text === ':memory:' ? null : text),
);

export const url = addressOf('an Alertmanager', {});
export const serverUrl = addressOf('a server', {
  description: 'the address of the API, of kea, pihole or opnsense',
});

function addressOf(whom: string, options: { description?: string }) {
  return Type.Refine(
    Type.String(options),
    (text) => {
      const parsed = URL.parse(text);
      if (parsed === null || !['http:', 'https:'].includes(parsed.protocol)) return false;
      return parsed.username === '' && parsed.password === '' && parsed.search === '' && parsed.hash === '';
    },
    // It may hold a password: that is not for the log.
    () =>
      `is not the address of ${whom}: expected http://HOST:PORT or https://HOST:PORT, optionally with a path`,
  );
}

export const importName = Type.Refine(
  Type.String({ description: 'the name of the import; absent: its type' }),
  // It becomes a key of a ConfigMap and a metric's label.
  (text) => /^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/.test(text),
  (text) => `"${text}" is not the name of an import: up to 40 small letters, digits and "-"`,
);
export const labels = Type.Refine(
  Type.Record(Type.String(), Type.String({ minLength: 1, maxLength: 500 }), {
    description: 'labels for every alert, such as the name of the cluster',
  }),
  (given) => Object.keys(given).every((label) => labelMistake(label) === null),
  (given) =>
    Object.keys(given)
      .flatMap((label) => labelMistake(label) ?? [])
      .join(', '),
);

function labelMistake(label: string): string | null {
  if ((OWN_LABELS as readonly string[]).includes(label)) return `"${label}" is vipwatch's own label`;
  return /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(label) ? null : `"${label}" is not the name of a label`;
}

export const kind = Type.Enum(FINDING_KINDS);
export const comment = Type.String({
  minLength: 1,
  maxLength: 500,
  description: 'the reason, for later readers',
});
export const until = parsedText(
  parseIso,
  (text) => `"${text}" is not a time with its zone: write 2026-03-01T18:00:00Z or 2026-03-01T19:00:00+01:00`,
  { description: 'when it ends' },
);

/** A length of time within bounds, written with its unit. */
export function duration(min: string, max: string, options: { default?: string; description: string }) {
  const mistake = (text: string) => durationMistake(text, min, max);
  return parsedText(
    (text) => (mistake(text) === null ? parseDuration(text) : undefined),
    (text) => mistake(text) ?? '',
    options,
  );
}

/** A number of bytes within bounds, written with its unit. */
export function size(min: string, max: string, options: { default: string; description: string }) {
  const [least, most] = [parseSize(min)!, parseSize(max)!];
  return parsedText(
    (text) => {
      const bytes = parseSize(text);
      return bytes !== undefined && bytes >= least && bytes <= most ? bytes : undefined;
    },
    (text) =>
      parseSize(text) === undefined
        ? `"${text}" is not a size: write a number and a unit, such as 512KiB, 64MiB or 1GiB`
        : `"${text}" is out of bounds: from ${min} to ${max}`,
    options,
  );
}

/** Bytes; undefined for anything but a number and one of the units `KiB`, `MiB`, `GiB`. */
export function parseSize(text: string): number | undefined {
  return parseWithUnit(text, SIZE_UNITS);
}
