// Where alerts are sent, and how vipwatch logs in there.
import type { Micros } from '../../base/time.ts';

export interface AlertmanagerConfig {
  readonly urls: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  /** An alert that holds is sent again after it at the latest. */
  readonly resend: Micros;
  /** Files, in PEM. */
  readonly tls: {
    readonly caFile: string | null;
    readonly client: { readonly certFile: string; readonly keyFile: string } | null;
  };
  readonly credentials:
    | { readonly kind: 'basic'; readonly username: string; readonly passwordFile: string }
    | { readonly kind: 'bearer'; readonly tokenFile: string }
    | null;
}
