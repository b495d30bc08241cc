// The acknowledgements of a cluster: one ConfigMap, which all agents read and any of them writes. A key of its own for each
// finding, so that two people who acknowledge two findings are not in each other's way.
import { createHash } from 'node:crypto';
import { at, textAt } from '../../base/json.ts';
import type { Micros } from '../../base/time.ts';
import { chosenFor } from '../../failover/rendezvous.ts';
import type { ApiConnection } from '../../host/kubernetes/connection.ts';
import { ApiObjects } from '../../host/kubernetes/objects.ts';
import { Reflector } from '../../host/kubernetes/reflector.ts';
import type { Acknowledgement } from '../../watch/finding/acknowledgement.ts';
import {
  type AcknowledgementStore,
  AcknowledgingUnavailable,
  isForgotten,
  makeRoom,
} from '../acknowledging.ts';
import { isOfLaterVersion, readAcknowledgement, writeAcknowledgement } from '../shared.ts';

export interface AcknowledgementSharingOptions {
  readonly connection: ApiConnection;
  /** Of the agents. */
  readonly namespace: string;
  /** Null while it is not known. */
  readonly ownNode: () => string | null;
  /** Those with an agent that is ready; undefined while they are not known. */
  readonly readyNodes: () => readonly string[] | undefined;
  /** What the wall clock shows. */
  readonly wall: () => Micros;
  readonly onResult: (verb: string, result: string) => void;
  /** These are all there are. */
  readonly onChange: (all: readonly Acknowledgement[]) => void;
}

/** The chart makes it, so that agents may change this one and no other. */
const CONFIG_MAP = 'vipwatch-acknowledgements';
/** Each finds the object changed by somebody else meanwhile. */
const TRIES = 5;

interface Version {
  readonly resourceVersion: string;
  readonly texts: ReadonlyMap<string, string>;
}

export class AcknowledgementSharing implements AcknowledgementStore {
  readonly #options: AcknowledgementSharingOptions;
  readonly #path: string;
  readonly #end = new AbortController();
  readonly #objects: ApiObjects;
  #all: readonly Acknowledgement[] = [];
  /** As far as this agent has read. */
  #read = 0n;

  constructor(options: AcknowledgementSharingOptions) {
    this.#options = options;
    const { connection, namespace, onResult } = options;
    const signal = this.#end.signal;
    const path = `/api/v1/namespaces/${namespace}/configmaps`;
    this.#path = `${path}/${CONFIG_MAP}`;
    this.#objects = new ApiObjects({ connection, onResult, signal });
    const copy = {
      update: (object: unknown) => this.#take(object),
      delete: (_: string, name: string) => name === CONFIG_MAP && this.#set([]),
      startReplace: () => {
        const own: unknown[] = [];
        return {
          add: (objects: readonly unknown[]) => own.push(...objects.filter(isOwn)),
          finish: () => {
            this.#read = 0n;
            if (own.length === 0) this.#set([]);
            for (const object of own) this.#take(object);
          },
        };
      },
      clear: () => this.#set([]),
    };
    const selectors = { fieldSelector: `metadata.name=${CONFIG_MAP}` };
    void new Reflector({ connection, path, selectors, copy, onChange: () => {}, onResult }).run(signal);
  }

  async put(one: Acknowledgement): Promise<void> {
    const key = keyOf(one.finding);
    await this.#change((texts) => {
      const others = [...texts].filter(([other]) => other !== key);
      const read = others.flatMap(([other, text]) => {
        const acknowledgement = readAcknowledgement(text);
        return acknowledgement ? [[other, acknowledgement] as const] : [];
      });
      const gone = makeRoom(read, others.length - read.length, this.#options.wall());
      return { ...Object.fromEntries(gone.map((other) => [other, null])), [key]: writeAcknowledgement(one) };
    });
  }

  async remove(finding: string): Promise<boolean> {
    const key = keyOf(finding);
    let wasThere = false;
    await this.#change((texts) => {
      wasThere = texts.has(key);
      return wasThere ? { [key]: null } : {};
    });
    return wasThere;
  }

  /** Of all agents one forgets what is long over. */
  sweep(): void {
    const { ownNode, readyNodes, wall } = this.#options;
    const own = ownNode();
    if (own === null || chosenFor('acknowledgements', readyNodes()) !== own) return;
    const now = wall();
    if (!this.#all.some((one) => isForgotten(one, now))) return;
    // Tried again at the next turn.
    this.#change(() => ({})).catch(() => {});
  }

  stop(): void {
    this.#end.abort();
  }

  /** @param changes what becomes of which key, beside those that are forgotten. @throws AcknowledgingUnavailable */
  async #change(
    changes: (kept: ReadonlyMap<string, string>) => Readonly<Record<string, string | null>>,
  ): Promise<void> {
    for (let tries = 0; tries < TRIES; tries += 1) {
      const { resourceVersion, texts } = await this.#get();
      const forgotten = [...texts].filter(([, text]) => this.#isForgotten(text)).map(([key]) => key);
      const kept = new Map([...texts].filter(([key]) => !forgotten.includes(key)));
      const data = { ...Object.fromEntries(forgotten.map((key) => [key, null])), ...changes(kept) };
      if (Object.keys(data).length === 0) return;
      const answer = await this.#objects.patch(this.#path, { metadata: { resourceVersion }, data });
      if (answer.ok) return this.#take(answer.object);
      if (answer.problem !== 'conflict') throw unavailable(answer);
    }
    throw new AcknowledgingUnavailable(
      `the ConfigMap ${CONFIG_MAP} is being changed by others all the time: try again`,
    );
  }

  async #get(): Promise<Version> {
    const answer = await this.#objects.get(this.#path);
    if (!answer.ok) throw unavailable(answer);
    const resourceVersion = textAt(answer.object, 'metadata', 'resourceVersion') ?? '';
    return { resourceVersion, texts: textsOf(answer.object) };
  }

  /** What is none, whoever wrote it, takes no room either; what a later version wrote is its own. */
  #isForgotten(text: string): boolean {
    const one = readAcknowledgement(text);
    return one === undefined ? !isOfLaterVersion(text) : isForgotten(one, this.#options.wall());
  }

  /** What this agent wrote, it knows before it is told: what comes late is older. */
  #take(object: unknown): void {
    // A server that does not know the selector gives others as well.
    if (!isOwn(object)) return;
    const version = textAt(object, 'metadata', 'resourceVersion') ?? '';
    const read = /^\d{1,20}$/.test(version) ? BigInt(version) : 0n;
    if (read !== 0n && read < this.#read) return;
    this.#read = read;
    const all = [...textsOf(object)].flatMap(([key, text]) => {
      const one = readAcknowledgement(text);
      return one !== undefined && keyOf(one.finding) === key ? [one] : [];
    });
    this.#set(all);
  }

  #set(all: readonly Acknowledgement[]): void {
    this.#all = all;
    this.#options.onChange(all);
  }
}

function isOwn(object: unknown): boolean {
  return textAt(object, 'metadata', 'name') === CONFIG_MAP;
}

function textsOf(object: unknown): ReadonlyMap<string, string> {
  const data = at(object, 'data');
  const entries = typeof data === 'object' && data !== null ? Object.entries(data) : [];
  return new Map(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}

/** A ConfigMap's keys are shorter than ids may be, and have fewer characters. */
function keyOf(finding: string): string {
  return createHash('sha256').update(finding).digest('hex');
}

function unavailable({
  problem,
  detail,
}: {
  readonly problem: string;
  readonly detail: string;
}): AcknowledgingUnavailable {
  return new AcknowledgingUnavailable(
    problem === 'not-served'
      ? `the ConfigMap ${CONFIG_MAP} is not there, which the chart makes: install the chart of this version`
      : `the ConfigMap ${CONFIG_MAP} cannot be changed: ${problem}: ${detail}`,
  );
}
