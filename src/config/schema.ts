// The configuration file as written: every option with its unit, default and check. This one definition gives the type,
// the check, the JSON schema and what docs/config.md must list.
import * as Type from 'typebox/type';
import { OWN_LABELS } from '../alert/alert.ts';
import { isGroupMac, isIpv4, parseIp, parseMac, ZERO_MAC } from '../net/address.ts';
import { durationMistake, parseWithUnit } from '../net/duration.ts';
import { parseRange } from '../net/range.ts';
import { parseIso } from '../net/time.ts';
import { FINDING_KINDS, type FindingKind } from '../watch/finding.ts';

const MEBIBYTE = 1024 * 1024;

const SIZE_UNITS: Readonly<Record<string, number>> = { KiB: 1024, MiB: MEBIBYTE, GiB: 1024 * MEBIBYTE };

const strict = { additionalProperties: false };

const address = Type.Refine(
  Type.String(),
  (text) => parseIp(text) !== undefined,
  (text) => `"${text}" is not an IP address`,
);
const ipv4 = Type.Refine(
  Type.String(),
  (text) => {
    const ip = parseIp(text);
    return ip !== undefined && isIpv4(ip);
  },
  (text) => `"${text}" is not an IPv4 address`,
);
const mac = Type.Refine(
  Type.String(),
  (text) => {
    const parsed = parseMac(text);
    return parsed !== undefined && !isGroupMac(parsed) && parsed !== ZERO_MAC;
  },
  (text) =>
    parseMac(text)
      ? `"${text}" cannot be one machine's own MAC address`
      : `"${text}" is not a MAC address (02:00:00:00:00:10)`,
);
const range = Type.Refine(
  Type.String(),
  (text) => typeof parseRange(text) === 'object',
  (text) => parseRange(text) as string,
);
const ipv4Range = Type.Refine(
  range,
  (text) => {
    const parsed = parseRange(text);
    return typeof parsed === 'string' || parsed.family === 4;
  },
  (text) => `"${text}" is IPv6: DHCP ranges are IPv4`,
);
const interfaceName = Type.Refine(
  Type.String(),
  (text) => /^[^\s/:]{1,15}$/.test(text),
  (text) => `"${text}" is not an interface name (1 to 15 characters without spaces, "/" and ":")`,
);
const name = Type.String({ minLength: 1, maxLength: 253 });
const namespace = Type.Refine(
  Type.String({
    default: 'metallb-system',
    description: 'where MetalLB runs, and its pools and advertisements are',
  }),
  // RFC 1123, as Kubernetes checks it; it becomes part of a request's path.
  (text) => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(text),
  (text) => `"${text}" is not the name of a namespace`,
);
const service = Type.Refine(
  Type.String(),
  (text) => /^[a-z0-9.-]{1,253}\/[a-z0-9.-]{1,253}$/.test(text),
  (text) => `"${text}" is not a Service: expected NAMESPACE/NAME`,
);

function file(description: string) {
  return Type.Refine(
    Type.String({ description }),
    (text) => text.startsWith('/'),
    (text) => `"${text}" is not an absolute path`,
  );
}

const url = Type.Refine(
  Type.String(),
  (text) => {
    const parsed = URL.parse(text);
    if (parsed === null || !['http:', 'https:'].includes(parsed.protocol)) return false;
    return parsed.username === '' && parsed.password === '' && parsed.search === '' && parsed.hash === '';
  },
  // It may hold a password: that is not for the log.
  () =>
    'is not the address of an Alertmanager: expected http://HOST:PORT or https://HOST:PORT, with a path at most',
);
const labels = Type.Refine(
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

const kind = Type.Enum(FINDING_KINDS);
const comment = Type.String({ minLength: 1, maxLength: 500, description: 'why, for whoever reads it later' });
const until = Type.Refine(
  Type.String({ description: 'when it ends' }),
  (text) => parseIso(text) !== undefined,
  (text) => `"${text}" is not a time with its zone: write 2026-03-01T18:00:00Z or 2026-03-01T19:00:00+01:00`,
);

/** What a rule is about: all that is given must fit, and one of `some` must be given. */
function selecting<Own extends Type.TProperties>(own: Own, some: readonly string[]) {
  return Type.Refine(
    Type.Object(
      {
        mac: Type.Optional(mac),
        address: Type.Optional(address),
        range: Type.Optional(range),
        kinds: Type.Optional(Type.Array(kind, { minItems: 1 })),
        ...own,
      },
      strict,
    ),
    (rule) => some.some((key) => Object.hasOwn(rule, key)),
    () => `does not say what it is about: expected ${some.slice(0, -1).join(', ')} or ${some.at(-1)}`,
  );
}

const servicePort = Type.Object(
  {
    port: Type.Integer({ minimum: 1, maximum: 65_535 }),
    protocol: Type.Optional(Type.Enum(['TCP', 'UDP', 'SCTP'], { default: 'TCP' })),
  },
  strict,
);

/** A length of time within bounds, written with its unit. */
function duration(min: string, max: string, options: { default?: string; description: string }) {
  return Type.Refine(
    Type.String(options),
    (text) => durationMistake(text, min, max) === null,
    (text) => durationMistake(text, min, max) ?? '',
  );
}

function size(min: string, max: string, options: { default: string; description: string }) {
  const [least, most] = [parseSize(min)!, parseSize(max)!];
  return Type.Refine(
    Type.String(options),
    (text) => {
      const bytes = parseSize(text);
      return bytes !== undefined && bytes >= least && bytes <= most;
    },
    (text) =>
      parseSize(text) === undefined
        ? `"${text}" is not a size: write a number and a unit, such as 512KiB, 64MiB or 1GiB`
        : `"${text}" is out of bounds: from ${min} to ${max}`,
  );
}

export const KindSettingsSchema = Type.Object(
  {
    enabled: Type.Optional(Type.Boolean({ default: true, description: 'false: it is never raised' })),
    severity: Type.Optional(Type.Enum(['critical', 'warning'], { description: 'how bad it is' })),
    holdDown: Type.Optional(
      duration('0s', '7d', { description: 'it is not raised again sooner after the last time' }),
    ),
    quiet: Type.Optional(
      duration('1s', '30d', { description: 'it is resolved when no evidence came for so long' }),
    ),
  },
  strict,
);

/** The file's shape, as written. Also the source of `docs/config.md`'s list and of the JSON schema. */
export const ConfigSchema = Type.Object(
  {
    interfaces: Type.Optional(
      Type.Array(interfaceName, {
        minItems: 1,
        description: "interfaces to listen on; absent: chosen as MetalLB's speaker chooses",
      }),
    ),
    intent: Type.Optional(
      Type.Object(
        {
          source: Type.Optional(
            Type.Enum(['static', 'kubernetes'], {
              description: 'where intent comes from; absent: kubernetes inside a cluster, else static',
            }),
          ),
          kubernetes: Type.Optional(
            Type.Object(
              {
                kubeconfig: Type.Optional(
                  Type.Refine(
                    Type.String({ description: "file; absent: inside a cluster, the Pod's service account" }),
                    (text) => text.startsWith('/'),
                    (text) => `"${text}" is not an absolute path`,
                  ),
                ),
                metallbNamespace: Type.Optional(namespace),
              },
              strict,
            ),
          ),
          static: Type.Optional(
            Type.Object(
              {
                pools: Type.Optional(
                  Type.Array(Type.Object({ name, addresses: Type.Array(range, { minItems: 1 }) }, strict), {
                    description: 'addresses MetalLB may hand out: ranges, CIDRs or single addresses',
                  }),
                ),
                vips: Type.Optional(
                  Type.Array(
                    Type.Object(
                      {
                        address,
                        service: Type.Optional(service),
                        ports: Type.Optional(
                          Type.Array(servicePort, { description: 'what the Service listens on' }),
                        ),
                      },
                      strict,
                    ),
                    { description: 'addresses of LoadBalancer Services' },
                  ),
                ),
                nodes: Type.Optional(
                  Type.Array(
                    Type.Object(
                      { name, addresses: Type.Array(address), macs: Type.Optional(Type.Array(mac)) },
                      strict,
                    ),
                    { description: 'the cluster nodes, with their addresses and, where known, MACs' },
                  ),
                ),
              },
              strict,
            ),
          ),
        },
        strict,
      ),
    ),
    dhcp: Type.Optional(
      Type.Object(
        {
          ranges: Type.Optional(
            Type.Array(ipv4Range, { description: 'what the router hands out, where known' }),
          ),
          servers: Type.Optional(
            Type.Array(ipv4, {
              minItems: 1,
              description: 'the expected servers; absent: the first one seen is',
            }),
          ),
        },
        strict,
      ),
    ),
    http: Type.Optional(
      Type.Object(
        {
          address: Type.Optional(
            Type.Refine(
              Type.String({ default: '0.0.0.0', description: 'address to listen on' }),
              (text) => parseIp(text) !== undefined,
              (text) => `"${text}" is not an IP address`,
            ),
          ),
          port: Type.Optional(
            Type.Integer({
              minimum: 0,
              maximum: 65535,
              default: 9797,
              description: 'port to listen on; 0: any free one',
            }),
          ),
          tokenFile: Type.Optional(
            Type.Refine(
              Type.String({
                description: 'file of the tokens that may change something; absent: nobody may',
              }),
              (text) => text.startsWith('/'),
              (text) => `"${text}" is not an absolute path`,
            ),
          ),
        },
        strict,
      ),
    ),
    probe: Type.Optional(
      Type.Object(
        {
          interval: Type.Optional(
            duration('100ms', '1h', { default: '1s', description: 'time between two probes of one VIP' }),
          ),
          services: Type.Optional(
            Type.Enum(['never', 'on-demand', 'always'], {
              default: 'on-demand',
              description:
                "whether VIPs' services are asked for a TCP connection: never, while something happens to a VIP, or always",
            }),
          ),
        },
        strict,
      ),
    ),
    failover: Type.Optional(
      Type.Object(
        {
          maxGap: Type.Optional(
            duration('100ms', '1h', {
              default: '10s',
              description: 'a takeover with a longer gap is a finding',
            }),
          ),
        },
        strict,
      ),
    ),
    failoverTest: Type.Optional(
      Type.Object(
        {
          modes: Type.Optional(
            Type.Array(Type.Enum(['observe', 'drain', 'delete-pod', 'freeze']), {
              description: 'the modes of failover tests that may be asked for; absent: observe and drain',
            }),
          ),
          cooldown: Type.Optional(
            duration('0s', '7d', {
              default: '1m',
              description: 'time between the end of one failover test of a VIP and the next of the same VIP',
            }),
          ),
        },
        strict,
      ),
    ),
    alertmanager: Type.Optional(
      Type.Object(
        {
          urls: Type.Array(url, { minItems: 1, description: 'the Alertmanagers, each of them' }),
          labels: Type.Optional(labels),
          resend: Type.Optional(
            duration('1s', '1h', { default: '30s', description: 'time after which an alert is sent again' }),
          ),
          tls: Type.Optional(
            Type.Object(
              {
                caFile: Type.Optional(file('whom to trust, in PEM; absent: whom the system trusts')),
                certFile: Type.Optional(file('own certificate, in PEM')),
                keyFile: Type.Optional(file('its key, in PEM')),
              },
              strict,
            ),
          ),
          basicAuth: Type.Optional(
            Type.Object(
              {
                username: Type.Refine(
                  Type.String({ description: 'the name to log in with' }),
                  (text) => /^[^:\p{Cc}]+$/u.test(text),
                  () => 'is empty, or holds a colon',
                ),
                passwordFile: file('file with the password'),
              },
              strict,
            ),
          ),
          bearerTokenFile: Type.Optional(file('file with the token')),
        },
        strict,
      ),
    ),
    findings: Type.Optional(
      Type.Object(
        {
          kinds: Type.Optional(
            // The library knows the shape, but not the type, of a record of which each key may be left out.
            Type.Unsafe<{ [Kind in FindingKind]?: Type.Static<typeof KindSettingsSchema> }>(
              Type.Partial(Type.Record(kind, KindSettingsSchema), strict),
            ),
          ),
          ignore: Type.Optional(
            Type.Array(selecting({ comment }, ['mac', 'address', 'range']), {
              description: 'findings never to be raised',
            }),
          ),
          silences: Type.Optional(
            Type.Array(selecting({ until, comment }, ['mac', 'address', 'range', 'kinds']), {
              description: 'findings not to be raised for a time',
            }),
          ),
        },
        strict,
      ),
    ),
    journal: Type.Optional(
      Type.Object(
        {
          path: Type.Optional(
            Type.Refine(
              Type.String({
                default: '/var/lib/vipwatch/journal.db',
                description: 'file, or ":memory:" for none',
              }),
              // A file that cannot be used is renamed: the name guards against pointing at somebody else's by mistake.
              (text) => text === ':memory:' || /^\/.*\.(db|sqlite)$/.test(text),
              (text) => `"${text}" is not an absolute path that ends in .db or .sqlite, nor ":memory:"`,
            ),
          ),
          maxAge: Type.Optional(
            duration('1m', '3650d', {
              default: '30d',
              description: 'rows not renewed for so long are dropped',
            }),
          ),
          maxSize: Type.Optional(
            size('256KiB', '16GiB', { default: '64MiB', description: 'the oldest rows give way beyond it' }),
          ),
        },
        strict,
      ),
    ),
    log: Type.Optional(
      Type.Object(
        {
          level: Type.Optional(
            Type.Enum(['error', 'warn', 'info', 'debug'], {
              default: 'info',
              description: 'the least grave level shown',
            }),
          ),
          format: Type.Optional(
            Type.Enum(['auto', 'json', 'pretty'], {
              default: 'auto',
              description: 'auto: pretty on a terminal, else json',
            }),
          ),
        },
        strict,
      ),
    ),
  },
  strict,
);

/** The file as written: what the schema accepts. */
export type ConfigFile = Type.Static<typeof ConfigSchema>;

/** Bytes; undefined for anything but a number and one of the units `KiB`, `MiB`, `GiB`. */
export function parseSize(text: string): number | undefined {
  return parseWithUnit(text, SIZE_UNITS);
}
