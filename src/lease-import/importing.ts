// Reads the tables of DHCP servers again and again, from files and by HTTP. Loaded only where some are configured.
import type { Micros, Seconds } from '../base/time.ts';
import { HttpClient } from '../host/http-client.ts';
import type { Log } from '../host/log.ts';
import { basicAuthorization, SecretFileError, secretFrom, secretTextOf } from '../host/secret-file.ts';
import { readTextFile } from '../host/text-file.ts';
import type { Ask, TableClient } from './ask.ts';
import { disagreements } from './disagreement.ts';
import { type ReadText, readFiles } from './files.ts';
import { type Imported, type Reading, read, unreadable } from './imported.ts';
import { KeaClient } from './kea-client.ts';
import { OpnsenseClient } from './opnsense-client.ts';
import { PiholeClient } from './pihole-client.ts';
import type { ImportSettings } from './settings.ts';
import { readShared, type SharedImport } from './shared.ts';
import { type ImportHealth, ImportSource } from './source.ts';
import { wordsOf } from './words.ts';

/** The other agents of a cluster, of which one asks each server for all. */
export interface ImportPeers {
  /** Whether this agent is to ask. */
  readonly isMine: (name: string) => boolean;
  readonly publish: (name: string, shared: SharedImport) => void;
  /** What another one published; undefined: nothing yet. */
  readonly shared: (name: string) => string | undefined;
}

export interface ImportingOptions {
  readonly imports: readonly ImportSettings[];
  readonly log: Pick<Log['logger'], 'info' | 'warn'>;
  readonly now: () => Micros;
  /** By the wall clock. */
  readonly unixTime: () => Seconds;
  /** A file that is not here may be on the machine of another agent. */
  readonly isShared: boolean;
  /** Null: this agent asks for itself. */
  readonly peers: ImportPeers | null;
  /** What this import says from now on. */
  readonly onTable: (name: string, imported: Imported) => void;
}

/** Bytes. */
const MAX_ANSWER = 4 * 1024 * 1024;
const MAX_FILE = 32 * 1024 * 1024;
/** Milliseconds, for one request with its whole answer. */
const ANSWER_WITHIN = 5_000;
/** The same at the end. */
const LEAVE_WITHIN = 1_000;
const MILLISECONDS = 1_000;
/** A server that rewrites its file is read anew. */
const TRIES = 3;
/** All agents began at about the same time: each waits for up to so much longer or less. */
const JITTER = 0.1;

interface Import {
  readonly settings: ImportSettings;
  readonly source: ImportSource;
  readonly client: TableClient | null;
  dueAt: Micros;
  /** Null: none. */
  underWay: Promise<void> | null;
}

export class Importing {
  readonly #options: ImportingOptions;
  readonly #imports: readonly Import[];
  readonly #end = new AbortController();

  constructor(options: ImportingOptions) {
    this.#options = options;
    this.#imports = options.imports.map((settings) => ({
      settings,
      source: new ImportSource(settings.name),
      client: clientOf(settings, this.#end.signal),
      dueAt: options.now(),
      underWay: null,
    }));
  }

  health(): ImportHealth[] {
    return this.#imports.flatMap(({ source }) => source.health() ?? []);
  }

  /** Tables that give one address to different machines. */
  doubts(): string[] {
    const read = this.#imports.flatMap(({ source }) =>
      source.last === null ? [] : [[source.name, source.last] as const],
    );
    return disagreements(new Map(read));
  }

  nextAt(): Micros {
    return this.#imports.reduce((first, { dueAt }) => Math.min(first, dueAt), Number.POSITIVE_INFINITY);
  }

  tick(now: Micros): void {
    for (const one of this.#imports) {
      if (now < one.dueAt) continue;
      one.dueAt = now + one.settings.every * (1 + JITTER * (2 * Math.random() - 1));
      one.underWay ??= this.#readNow(one).finally(() => {
        one.underWay = null;
      });
    }
  }

  /** Resolves once nothing is under way. */
  async settled(): Promise<void> {
    await Promise.all(this.#imports.map(({ underWay }) => underWay));
  }

  /** What another agent published is something else. */
  sharedChanged(): void {
    for (const one of this.#imports) if (one.client && !this.#isMine(one)) this.#takeShared(one);
  }

  /** What is under way is given up; servers that remember who asked are told. */
  async stop(): Promise<void> {
    const limit = setTimeout(() => this.#end.abort(), LEAVE_WITHIN);
    await Promise.all(this.#imports.map(({ client }) => client?.close?.()));
    clearTimeout(limit);
    this.#end.abort();
  }

  /** Of a file each agent reads its own. */
  #isMine({ settings, client }: Import): boolean {
    return client === null || (this.#options.peers?.isMine(settings.name) ?? true);
  }

  async #readNow(one: Import): Promise<void> {
    if (!this.#isMine(one)) return this.#takeShared(one);
    const { client, settings, source } = one;
    const reading = await (client ? client.read(this.#options.unixTime()) : this.#fromFiles(settings));
    if (this.#end.signal.aborted) return;
    if (reading === ABSENT) return source.setElsewhere();
    this.#take(one, reading);
    if (client)
      this.#options.peers?.publish(settings.name, { imported: source.last, problem: source.problem });
  }

  #take({ source, settings: { name } }: Import, reading: Reading<Imported>): void {
    const { log, onTable } = this.#options;
    const before = source.problem;
    const isNews = source.take(reading);
    if (reading.ok) onTable(name, reading.value);
    if (!isNews) return;
    const fields = { event: 'dhcp-import', import: name };
    const { problem, last } = source;
    if (problem !== null)
      log.warn(
        { ...fields, problem },
        'A table of DHCP leases cannot be read; vipwatch uses what it read last',
      );
    else if (last && last.doubts.length > 0)
      log.warn({ ...fields, doubts: last.doubts }, 'A table of DHCP leases was read with doubts');
    else if (before !== null) log.info(fields, 'A table of DHCP leases is read again');
  }

  /** As another agent read it. */
  #takeShared(one: Import): void {
    const { peers, unixTime } = this.#options;
    const text = peers?.shared(one.settings.name);
    const shared = text === undefined ? undefined : readShared(text, unixTime());
    if (!shared) return;
    const { imported, problem } = shared;
    if (imported && imported.readAt !== one.source.last?.readAt) this.#take(one, read(imported));
    if (problem !== null) this.#take(one, unreadable(problem));
  }

  async #fromFiles(settings: ImportSettings): Promise<Reading<Imported> | typeof ABSENT> {
    try {
      for (let tries = 1; ; tries += 1) {
        const { isWhole, reading } = await readFiles(settings, this.#options.unixTime(), readText);
        if (isWhole || tries === TRIES) return reading;
      }
    } catch (error) {
      const isAbsent = (error as NodeJS.ErrnoException).code === 'ENOENT' && this.#options.isShared;
      return isAbsent ? ABSENT : unreadable(wordsOf(error));
    }
  }
}

const readText: ReadText = (path, onText) => readTextFile(path, MAX_FILE, onText);

const ABSENT = Symbol('the file is not on this machine');

/** Null for files. */
function clientOf(settings: ImportSettings, end: AbortSignal): TableClient | null {
  const { type, url, passwordFile } = settings;
  if (url === null) return null;
  const ask = askingOf(settings, url, end);
  switch (type) {
    case 'kea':
      return new KeaClient(ask);
    case 'opnsense':
      return new OpnsenseClient(ask);
    case 'pihole':
      return new PiholeClient(ask, passwordFile === null ? null : () => passwordOf(passwordFile));
    default:
      throw new TypeError(`${type} has no API`);
  }
}

function askingOf(settings: ImportSettings, url: string, end: AbortSignal): Ask {
  const client = new HttpClient({
    url,
    caFile: settings.caFile,
    authorization: authorizationOf(settings),
    maxLength: MAX_ANSWER,
  });
  return async (request, onText) => {
    const limit = AbortSignal.timeout(ANSWER_WITHIN);
    try {
      return read(await client.request(request, AbortSignal.any([end, limit]), onText));
    } catch (error) {
      const late = `no whole answer within ${ANSWER_WITHIN / MILLISECONDS} s`;
      return unreadable(limit.aborted ? late : wordsOf(error));
    }
  };
}

/** Pi-hole has a way of its own. */
function authorizationOf({
  type,
  user,
  passwordFile,
  keyFile,
}: ImportSettings): (() => Promise<string>) | null {
  if (keyFile !== null) return () => keyAuthorization(keyFile);
  if (type === 'pihole' || user === null || passwordFile === null) return null;
  return async () => basicAuthorization(user, await secretFrom(passwordFile));
}

/** As OPNsense hands it out: `key=…` and `secret=…`, one a line. */
async function keyAuthorization(keyFile: string): Promise<string> {
  const text = await secretTextOf(keyFile);
  const [key, secret] = ['key', 'secret'].map(
    (name) => new RegExp(`^${name}=([!-~]+)\\s*$`, 'm').exec(text)?.[1],
  );
  if (key === undefined || secret === undefined)
    throw new SecretFileError(`${keyFile}: holds no lines key=... and secret=...`);
  return basicAuthorization(key, secret);
}

async function passwordOf(path: string): Promise<Reading<string>> {
  try {
    return read(await secretFrom(path));
  } catch (error) {
    return unreadable(wordsOf(error));
  }
}
