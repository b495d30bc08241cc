// Which tables are read: of files of this machine, or by URL.
import type { Micros } from '../base/time.ts';

export const IMPORT_TYPES = ['dnsmasq', 'isc', 'kea', 'pihole', 'opnsense'] as const;
export type ImportType = (typeof IMPORT_TYPES)[number];

export interface ImportSettings {
  /** Unlike that of any other. */
  readonly name: string;
  readonly type: ImportType;
  /** The lease file; null: it is read by URL. */
  readonly file: string | null;
  /** The server's configuration, for its ranges. */
  readonly configFile: string | null;
  readonly url: string | null;
  readonly user: string | null;
  readonly passwordFile: string | null;
  /** Of OPNsense: a key and its secret. */
  readonly keyFile: string | null;
  /** In PEM; null: as the system trusts. */
  readonly caFile: string | null;
  readonly every: Micros;
}
