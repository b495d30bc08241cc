// The configuration file as written: every option with its unit, default and check. This one definition gives the type,
// the check, the JSON schema and what docs/config.md must list.
import * as Type from 'typebox/type';
import { parseIp } from '../net/address.ts';
import type { FindingKind } from '../watch/finding/finding.ts';
import {
  address,
  comment,
  duration,
  file,
  interfaceName,
  ipv4,
  ipv4Range,
  kind,
  labels,
  mac,
  name,
  namespace,
  range,
  service,
  size,
  until,
  url,
} from './value-schemas.ts';

const strict = { additionalProperties: false };

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
                events: Type.Optional(
                  Type.Boolean({
                    default: true,
                    description: 'whether findings are told by Events of the objects concerned',
                  }),
                ),
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
