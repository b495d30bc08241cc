// The configuration file: every option with its unit, its check, what it is parsed to and its default. This one definition
// gives the types, the check, the parsing, the JSON schema and what docs/config.md must list.
import * as Type from 'typebox/type';
import type { AlertmanagerConfig } from '../alert/alertmanager/settings.ts';
import { ipMistake, parseIp } from '../net/address.ts';
import { checkSchema } from './check-schema.ts';
import { findingsSchema } from './findings-schema.ts';
import { imports } from './import-schema.ts';
import { group, optional } from './option.ts';
import {
  address,
  duration,
  file,
  hostName,
  interfaceName,
  ipv4,
  ipv4Range,
  journalPath,
  labels,
  mac,
  name,
  namespace,
  range,
  service,
  size,
  url,
} from './value-schemas.ts';

const pool = Type.Decode(
  group({ name, addresses: Type.Array(range, { minItems: 1 }) }),
  ({ addresses, ...rest }) => ({ ...rest, ranges: addresses }),
);

const servicePort = group({
  port: Type.Integer({ minimum: 1, maximum: 65_535 }),
  protocol: optional(Type.Enum(['TCP', 'UDP', 'SCTP'], { default: 'TCP' })),
});

const tls = Type.Decode(
  group({
    caFile: optional(file('the certificates to trust, in PEM; absent: those of the system'), null),
    certFile: optional(file('the client certificate, in PEM'), null),
    keyFile: optional(file('its key, in PEM'), null),
  }),
  ({ caFile, certFile, keyFile }) => ({ caFile, client: certFile && keyFile ? { certFile, keyFile } : null }),
);

const alertmanager = Type.Decode(
  group({
    urls: Type.Array(url, { minItems: 1, description: 'the Alertmanagers, each of them' }),
    labels: optional(labels),
    resend: optional(
      duration('1s', '1h', { default: '30s', description: 'time after which an alert is sent again' }),
    ),
    tls: optional(tls),
    basicAuth: optional(
      group({
        username: Type.Refine(
          Type.String({ description: 'the name to log in with' }),
          (text) => /^[^:\p{Cc}]+$/u.test(text),
          () => 'is empty, or holds a colon',
        ),
        passwordFile: file('file with the password'),
      }),
      null,
    ),
    bearerTokenFile: optional(file('file with the token'), null),
  }),
  ({ basicAuth, bearerTokenFile, ...rest }): AlertmanagerConfig => ({
    ...rest,
    credentials: basicAuth
      ? { kind: 'basic', ...basicAuth }
      : bearerTokenFile === null
        ? null
        : { kind: 'bearer', tokenFile: bearerTokenFile },
  }),
);

export const ConfigSchema = group({
  interfaces: optional(
    Type.Array(interfaceName, {
      minItems: 1,
      description: "interfaces to listen on; absent: chosen as MetalLB's speaker chooses",
    }),
    null,
  ),
  intent: optional(
    group({
      source: optional(
        Type.Enum(['static', 'kubernetes'], {
          description: 'where intent comes from; absent: kubernetes inside a cluster, else static',
        }),
        null,
      ),
      kubernetes: optional(
        group({
          kubeconfig: optional(file("file; absent: inside a cluster, the Pod's service account"), null),
          metallbNamespace: optional(namespace),
          events: optional(
            Type.Boolean({
              default: true,
              description: 'whether findings are written as Events on the objects concerned',
            }),
          ),
        }),
      ),
      static: optional(
        group({
          pools: optional(
            Type.Array(pool, {
              description: 'addresses that MetalLB may assign: ranges, CIDRs or single addresses',
            }),
            [],
          ),
          vips: optional(
            Type.Array(
              group({
                address,
                service: optional(service, null),
                ports: Type.Optional(Type.Array(servicePort, { description: 'the ports of the Service' })),
              }),
              { description: 'addresses of LoadBalancer Services' },
            ),
            [],
          ),
          nodes: optional(
            Type.Array(group({ name, addresses: Type.Array(address), macs: optional(Type.Array(mac), []) }), {
              description: 'the cluster nodes, with their addresses and, where known, MACs',
            }),
            [],
          ),
        }),
      ),
    }),
  ),
  dhcp: optional(
    group({
      ranges: optional(
        Type.Array(ipv4Range, { description: 'the ranges that the router leases, if known' }),
        [],
      ),
      servers: optional(
        Type.Array(ipv4, {
          minItems: 1,
          description: 'the expected servers; absent: the first one seen',
        }),
        null,
      ),
      audit: optional(
        group({
          every: duration('1m', '30d', {
            description: 'time between two audits, which ask the router whether it would lease a VIP',
          }),
        }),
        null,
      ),
      import: optional(imports, []),
    }),
  ),
  http: optional(
    group({
      address: optional(
        Type.Refine(
          Type.String({ default: '0.0.0.0', description: 'address to listen on' }),
          (text) => parseIp(text) !== undefined,
          ipMistake,
        ),
      ),
      port: optional(
        Type.Integer({
          minimum: 0,
          maximum: 65535,
          default: 9797,
          description: 'port to listen on; 0: any free one',
        }),
      ),
      hosts: optional(
        Type.Array(hostName, { description: 'further names that requests to this agent may use' }),
        [],
      ),
      page: optional(
        Type.Boolean({ default: true, description: 'whether the page for people is served, at `/`' }),
      ),
      tokenFile: optional(file('file of the tokens that may make changes; absent: no changes'), null),
    }),
  ),
  probe: optional(
    group({
      interval: optional(
        duration('100ms', '1h', { default: '1s', description: 'time between two probes of one VIP' }),
      ),
      sweep: optional(
        duration('5s', '1h', {
          default: '30s',
          description: 'time between two broadcast probes for a VIP that has an announcer',
        }),
      ),
      broadcastsPerSecond: optional(
        Type.Integer({
          minimum: 1,
          maximum: 1000,
          default: 5,
          description:
            'broadcast probes a second that all agents send together while nothing happens; 10 times as many for 10 s after an event',
        }),
      ),
      services: optional(
        Type.Enum(['never', 'on-demand', 'always'], {
          default: 'on-demand',
          description:
            "whether the VIPs' services are probed with a TCP connection: never, while something happens to a VIP, or always",
        }),
      ),
    }),
  ),
  failover: optional(
    group({
      maxGap: optional(
        duration('100ms', '1h', {
          default: '10s',
          description: 'a takeover with a longer gap is a finding',
        }),
      ),
    }),
  ),
  failoverTest: optional(
    group({
      modes: optional(
        Type.Array(Type.Enum(['observe', 'drain', 'delete-pod', 'freeze']), {
          description: 'the modes of failover tests that may be started; absent: observe and drain',
        }),
        ['observe', 'drain'],
      ),
      cooldown: optional(
        duration('0s', '7d', {
          default: '1m',
          description: 'time between the end of one failover test of a VIP and the next of the same VIP',
        }),
      ),
    }),
  ),
  alertmanager: optional(alertmanager, null),
  findings: optional(findingsSchema),
  check: optional(checkSchema),
  journal: optional(
    group({
      path: optional(journalPath),
      maxAge: optional(
        duration('1m', '3650d', {
          default: '30d',
          description: 'rows that are not renewed for this time are dropped',
        }),
      ),
      maxSize: optional(
        size('256KiB', '16GiB', {
          default: '64MiB',
          description: 'the oldest rows are dropped before the journal grows larger',
        }),
      ),
    }),
  ),
  log: optional(
    group({
      level: optional(
        Type.Enum(['error', 'warn', 'info', 'debug'], {
          default: 'info',
          description: 'the lowest level that is logged',
        }),
      ),
      format: optional(
        Type.Enum(['auto', 'json', 'pretty'], {
          default: 'auto',
          description: 'auto: pretty on a terminal, else json',
        }),
      ),
    }),
  ),
});

/** The file as written: what the schema accepts. */
export type ConfigFile = Type.Static<typeof ConfigSchema>;

/** The file as it is used: parsed, with every default filled in. */
export type ParsedFile = Type.StaticDecode<typeof ConfigSchema>;
