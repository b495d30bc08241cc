// A cluster's objects as the API serves them, as many as wanted: copies of test/data/kubernetes-objects.jsonl, which is
// recorded from a real API server and MetalLB, with what kubelet, Helm and the controller manager add to such objects.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Kind } from '../../src/cluster/objects/resources.ts';

const RECORDED = join(import.meta.dirname, '../../test/data/kubernetes-objects.jsonl');
const ENDPOINTS = 10;
/** As many as a kubelet lists of its node. */
const IMAGES = 50;

/** Node 1, where the agent runs, announces nothing: what a node announces itself it cannot ask for. */
const EXCLUDE_LABEL = 'node.kubernetes.io/exclude-from-external-load-balancers';

export interface ClusterSize {
  readonly nodes: number;
  readonly services: number;
  /** Of the agents, one on each node; those that are ready share the probing. */
  readonly readyAgents: number;
}

/** Of a Service; 10.0.0.0/16 is the LAN. */
export function vipOf(service: number): string {
  return ipv4((10 << 24) + (64 << 8) + service);
}

export function nodeAddress(node: number): string {
  return ipv4((10 << 24) + (8 << 8) + node);
}

export function nodeMac(node: number): string {
  return `02:00:00:01:${hex(node >> 8, 2)}:${hex(node & 255, 2)}`;
}

export function agentName(node: number): string {
  return `vipwatch-${node}`;
}

/** Objects as text, by their numbers from 1 on. */
export interface ObjectMaker {
  readonly service: (service: number, revision?: number) => string;
  readonly endpointSlice: (service: number, revision?: number) => string;
  readonly node: (node: number, revision?: number) => string;
  readonly all: () => Readonly<Record<Kind, string[]>>;
}

export function clusterObjects({ nodes, services, readyAgents }: ClusterSize): ObjectMaker {
  const recorded = readRecorded();
  const nodeNames = (node: number): Replacements => [
    ['node-1', `node-${node}`],
    ['192.168.1.11/24', `${nodeAddress(node)}/16`],
    ['192.168.1.11', nodeAddress(node)],
    ['02:00:00:00:00:11', nodeMac(node)],
  ];
  const revised = (revision: number): Replacements => [
    [/"resourceVersion":"\d+"/g, `"resourceVersion":"${revision}"`],
  ];
  const made = (as: string, number: number, names: Replacements, revision = 1) =>
    replaced(recorded(as), [...names, [uidOf(recorded(as)), uid(as, number)], ...revised(revision)]);
  const serviceNames = (service: number): Replacements => [
    ['"web"', `"web-${service}"`],
    ['\\"web\\"', `\\"web-${service}\\"`],
    ['192.168.1.240', vipOf(service)],
    [uidOf(recorded('service')), uid('service', service)],
  ];
  const service = (number: number, revision?: number) =>
    made('service', number, serviceNames(number), revision);
  const endpointSlice = (number: number, revision?: number) => {
    const endpoint = JSON.stringify(JSON.parse(recorded('endpointSlice')).endpoints[0]);
    const endpoints = Array.from({ length: ENDPOINTS }, (_, i) => {
      const node = ((number * ENDPOINTS + i) % nodes) + 1;
      return replaced(endpoint, [...nodeNames(node), ['10.244.1.2', ipv4((10 << 24) + (244 << 16) + node)]]);
    });
    const names: Replacements = [...serviceNames(number), ['web-ipv4', `web-${number}-x2x4k`]];
    return made('endpointSlice', number, [[endpoint, endpoints.join(',')], ...names], revision);
  };
  const node = (number: number, revision?: number) => {
    const image = JSON.stringify(JSON.parse(recorded('node')).status.images[0]);
    const images = Array.from({ length: IMAGES }, () => image).join(',');
    const labels: Replacements = number === 1 ? [['"labels":{', `"labels":{"${EXCLUDE_LABEL}":"",`]] : [];
    return made('node', number, [[image, images], ...labels, ...nodeNames(number)], revision);
  };
  const l2Status = (number: number) =>
    made('l2Status', number, [
      ...serviceNames(number),
      ...nodeNames((number % nodes) + 1),
      ['l2-x4xxb', `l2-${number}`],
    ]);
  const pod = (as: string, name: string) => (number: number) =>
    made(as, number, [...nodeNames(number), [name, `${name.split('-')[0]}-${number}`]]);
  const agent = (number: number) => {
    const text = pod('agent', 'vipwatch-cq79c')(number);
    return number <= readyAgents
      ? text
      : replaced(text, [['"type":"Ready","status":"True"', '"type":"Ready","status":"False"']]);
  };
  const pools = [['192.168.1.240-192.168.1.245', `${vipOf(0)}-${vipOf(services)}`] as const];
  return {
    service,
    endpointSlice,
    node,
    all: () => ({
      services: many(services, service),
      endpointSlices: many(services, endpointSlice),
      nodes: many(nodes, node),
      pools: [made('pool', 1, pools)],
      l2Advertisements: [made('l2Advertisement', 1, [])],
      bgpAdvertisements: [],
      l2Statuses: many(services, l2Status),
      speakers: many(nodes, pod('speaker', 'speaker-6l6l4')),
      helmSpeakers: [],
      agents: many(nodes, agent),
    }),
  };
}

type Replacements = readonly (readonly [from: string | RegExp, to: string])[];

function replaced(text: string, replacements: Replacements): string {
  return replacements.reduce((result, [from, to]) => result.replaceAll(from, () => to), text);
}

function readRecorded(): (as: string) => string {
  const lines = readFileSync(RECORDED, 'utf8').trim().split('\n');
  const objects = new Map(
    lines.map((line) => JSON.parse(line)).map(({ as, object }) => [as as string, JSON.stringify(object)]),
  );
  return (as) => objects.get(as)!;
}

function uidOf(object: string): string {
  return JSON.parse(object).metadata.uid;
}

function uid(as: string, number: number): string {
  return `${Buffer.from(as).toString('hex').slice(0, 8)}-0000-4000-8000-${hex(number, 12)}`;
}

function many(count: number, make: (number: number) => string): string[] {
  return Array.from({ length: count }, (_, i) => make(i + 1));
}

function hex(number: number, digits: number): string {
  return number.toString(16).padStart(digits, '0');
}

function ipv4(number: number): string {
  return [24, 16, 8, 0].map((shift) => (number >> shift) & 255).join('.');
}
