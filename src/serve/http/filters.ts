// The filters of lists. Each takes several values, given with commas or one after the other: a row that fits one of them
// passes. Rows must pass every filter that is asked for.
import * as Type from 'typebox/type';
import { parseDuration } from '../../base/duration.ts';
import { type Micros, parseIso } from '../../base/time.ts';
import { type IpAddress, parseMac } from '../../net/address.ts';
import { type IpRange, ipOfNumber, parseRange } from '../../net/range.ts';
import { ipOrder } from '../tables/row-order.ts';
import type { Sources } from '../tables/sources.ts';

/** The values that are asked for by a parameter; none where it is left out. */
type Asked = (parameter: string) => readonly string[];

export interface Filter<Row> {
  readonly parameters: Readonly<Record<string, Type.TSchema>>;
  /** The values were checked against the parameters' schemas. Undefined: every row passes. */
  readonly read: (asked: Asked, sources: Sources) => ((row: Row) => boolean) | undefined;
}

/** A Service as rows carry it: `namespace/name`, and whoever shares its address. */
export interface ServiceNames {
  readonly service: string | null;
  readonly sharedWith?: readonly string[];
}

const MAX_VALUES = 50;
const EXAMPLE_TIME = '2026-03-01T16:42:59Z';

/** A parameter that may be given several times. */
export function several<Value extends Type.TSchema>(value: Value, description: string) {
  return Type.Optional(Type.Array(value, { minItems: 1, maxItems: MAX_VALUES, description }));
}

/** One of a few words. */
export function choiceFilter<Row, Word extends string>(
  name: string,
  words: Type.TSchema,
  description: string,
  wordOf: (row: Row) => Word,
): Filter<Row> {
  return {
    parameters: { [name]: several(words, description) },
    read: (asked) => {
      const wanted = new Set(asked(name));
      return wanted.size === 0 ? undefined : (row) => wanted.has(wordOf(row));
    },
  };
}

/** An address, a network or a range of addresses, in any spelling. */
export const ipFilter: Filter<{ readonly ip: IpAddress }> = {
  parameters: {
    ip: several(
      Type.Refine(
        Type.String(),
        (text) => typeof parseRange(text) !== 'string',
        (text) => String(parseRange(text)),
      ),
      'only these: an address, a network such as 192.168.1.0/24, or a range FIRST-LAST',
    ),
  },
  read: (asked) => {
    const ranges = asked('ip').map((text) => inTextOrder(parseRange(text) as IpRange));
    if (ranges.length === 0) return undefined;
    return ({ ip }) => {
      const order = ipOrder(ip);
      return ranges.some(({ first, last }) => first <= order && order <= last);
    };
  },
};

/** Cheaper to compare than numbers of 128 bits. */
function inTextOrder({ family, first, last }: IpRange) {
  return { first: ipOrder(ipOfNumber(family, first)), last: ipOrder(ipOfNumber(family, last)) };
}

export const macFilter: Filter<{ readonly mac: string }> = {
  parameters: {
    mac: several(
      Type.Refine(
        Type.String(),
        (text) => parseMac(text) !== undefined,
        (text) => `"${text}" is not a MAC address (02:00:00:00:00:10, 02-00-00-00-00-10 or 0200.0000.0010)`,
      ),
      'only these machines',
    ),
  },
  read: (asked) => {
    const wanted = new Set<string | undefined>(asked('mac').map(parseMac));
    return wanted.size === 0 ? undefined : ({ mac }) => wanted.has(mac);
  },
};

/** Both parameters speak of the same Service: one that shares an address with it does not count. */
export function serviceFilter<Row>(servicesOf: (row: Row) => ServiceNames | null): Filter<Row> {
  return {
    parameters: {
      service: several(
        Type.Refine(
          Type.String(),
          (text) => /^[^/]+(\/[^/]+)?$/.test(text),
          (text) => `"${text}" is not a Service: write NAMESPACE/NAME, or only NAME for any namespace`,
        ),
        'only VIPs of these Services: NAMESPACE/NAME, or only NAME',
      ),
      namespace: several(
        Type.Refine(
          Type.String(),
          (text) => /^[^/]+$/.test(text),
          (text) => `"${text}" is not a namespace`,
        ),
        'only VIPs of Services in these namespaces',
      ),
    },
    read: (asked) => {
      const names = asked('service');
      const namespaces = asked('namespace');
      if (names.length === 0 && namespaces.length === 0) return undefined;
      const isWanted = (key: string) =>
        isNoneOr(names, (name) => key === name || key.endsWith(`/${name}`)) &&
        isNoneOr(namespaces, (namespace) => key.startsWith(`${namespace}/`));
      return (row) => {
        const { service = null, sharedWith = [] } = servicesOf(row) ?? {};
        return service !== null && [service, ...sharedWith].some(isWanted);
      };
    },
  };
}

function isNoneOr(values: readonly string[], fits: (value: string) => boolean): boolean {
  return values.length === 0 || values.some(fits);
}

/** A point of time, or how long ago. Compared as the rows show theirs: a clock that was set meanwhile is corrected there. */
export function sinceFilter<Row>(description: string, atOf: (row: Row) => Micros): Filter<Row> {
  return {
    parameters: {
      since: Type.Optional(
        Type.Refine(
          Type.String({ description }),
          (text) => parseTime(text) !== undefined || parseDuration(text) !== undefined,
          (text) =>
            `"${text}" is not a time: write one with its zone, as ${EXAMPLE_TIME}, or how long ago it was, as 90m, 12h or 7d`,
        ),
      ),
    },
    read: (asked, { now, iso }) => {
      const [text] = asked('since');
      if (text === undefined) return undefined;
      const shown = (at: Micros) => parseIso(iso(at))!;
      const since = parseTime(text) ?? shown(now()) - parseDuration(text)!;
      return (row) => shown(atOf(row)) >= since;
    },
  };
}

/** A `+` of the zone that was not escaped comes as a space. */
function parseTime(text: string): Micros | undefined {
  return parseIso(text.replace(' ', '+'));
}
