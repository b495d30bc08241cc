// The files that each kind of server keeps, and who reads them.
import { DnsmasqConf } from './dnsmasq-conf.ts';
import { DnsmasqLeases } from './dnsmasq-leases.ts';
import type { Draft } from './draft.ts';
import type { TextReader } from './imported.ts';
import { IscConf } from './isc-conf.ts';
import { IscLeases } from './isc-leases.ts';
import { KeaConf } from './kea-config.ts';
import { KeaCsv } from './kea-csv.ts';

export interface FileFormat {
  readonly leases: (draft: Draft) => TextReader;
  readonly config: (draft: Draft) => TextReader;
  /** What is older than the file itself, in files beside it, oldest first: the first list of which one is there counts. */
  readonly older: (path: string) => readonly (readonly string[])[];
}

export const FILE_FORMATS: Readonly<Record<'dnsmasq' | 'isc' | 'kea', FileFormat>> = {
  dnsmasq: {
    leases: (draft) => new DnsmasqLeases(draft),
    config: (draft) => new DnsmasqConf(draft),
    older: () => [],
  },
  isc: {
    leases: (draft) => new IscLeases(draft),
    config: (draft) => new IscConf(draft),
    older: () => [],
  },
  kea: {
    leases: (draft) => new KeaCsv(draft),
    config: (draft) => new KeaConf(draft),
    // While it cleans up.
    older: (path) => [[`${path}.completed`], [`${path}.2`, `${path}.1`]],
  },
};
