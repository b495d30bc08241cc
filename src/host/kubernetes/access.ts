// Where the API server is and who asks it: a Pod's service account, or a kubeconfig file. Files are read anew whenever they
// are needed: a service account's token is replaced while the Pod runs.
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parse } from 'yaml';
import { at, items, textAt } from '../../base/json.ts';

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

/** Options for TLS, all in PEM. */
export interface TlsMaterial {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly servername?: string;
  readonly rejectUnauthorized?: boolean;
}

export interface ApiAccess {
  /** Scheme, host and port, e.g. `https://10.96.0.1:443`. */
  readonly server: string;
  /** Read for each connection. @throws the system's error where a file is missing. */
  readonly tls: () => TlsMaterial;
  /** Read for each request; null where the certificate says who asks. @throws the system's error where a file is missing. */
  readonly token: () => string | null;
}

/** The kubeconfig cannot be used; the message says why, beginning with the file's name. */
class KubeconfigError extends Error {
  override readonly name = 'KubeconfigError';
}

/**
 * As a Pod's service account.
 * @param address where the API server is, by `KUBERNETES_SERVICE_HOST` and `KUBERNETES_SERVICE_PORT`.
 * @param folder of the service account's files.
 */
export function serviceAccountAccess(
  address: { readonly host: string; readonly port: string },
  folder: string = SERVICE_ACCOUNT,
): ApiAccess {
  const host = address.host.includes(':') ? `[${address.host}]` : address.host;
  return {
    server: `https://${host}:${address.port}`,
    tls: () => ({ ca: readFileSync(`${folder}/ca.crt`, 'utf8') }),
    token: () => readFileSync(`${folder}/token`, 'utf8').trim(),
  };
}

/** Reads the current context of a kubeconfig file. @throws KubeconfigError */
export function kubeconfigAccess(path: string): ApiAccess {
  let file: unknown;
  try {
    file = parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new KubeconfigError(`${path}: cannot be read: ${(error as Error).message.split('\n', 1)[0]}`);
  }
  const refuse = (why: string) => new KubeconfigError(`${path}: ${why}`);
  const current = textAt(file, 'current-context');
  if (current === undefined) throw refuse('names no current-context');
  const context = named(file, 'contexts', current, 'context');
  const cluster = named(file, 'clusters', textAt(context, 'cluster'), 'cluster');
  if (cluster === undefined) throw refuse(`has no cluster for the context ${current}`);
  const user = named(file, 'users', textAt(context, 'user'), 'user');
  for (const way of ['exec', 'auth-provider', 'username'])
    if (at(user, way) !== undefined)
      throw refuse(`its user has ${way}: expected a token, a tokenFile or a client certificate`);
  const server = textAt(cluster, 'server');
  if (server === undefined || !URL.canParse(server) || new URL(server).pathname !== '/')
    throw refuse(`"${server ?? ''}" is not the address of an API server: expected https://HOST:PORT`);
  // A path in the file is relative to the file.
  const material = (group: unknown, key: string): (() => string) | undefined => {
    const data = textAt(group, `${key}-data`);
    if (data !== undefined) return () => Buffer.from(data, 'base64').toString('utf8');
    const name = textAt(group, key);
    return name === undefined ? undefined : () => readFileSync(resolve(dirname(path), name), 'utf8');
  };
  const [ca, cert, key] = [
    material(cluster, 'certificate-authority'),
    material(user, 'client-certificate'),
    material(user, 'client-key'),
  ];
  const servername = textAt(cluster, 'tls-server-name');
  const token = textAt(user, 'token');
  const tokenFile = textAt(user, 'tokenFile');
  return {
    server: new URL(server).origin,
    tls: () => ({
      ...(ca && { ca: ca() }),
      ...(cert && { cert: cert() }),
      ...(key && { key: key() }),
      ...(servername && { servername }),
      ...(at(cluster, 'insecure-skip-tls-verify') === true && { rejectUnauthorized: false }),
    }),
    // As kubectl does: the file wins, for it is the one that is renewed.
    token: () =>
      tokenFile === undefined
        ? (token ?? null)
        : readFileSync(resolve(dirname(path), tokenFile), 'utf8').trim(),
  };
}

function named(file: unknown, list: string, name: string | undefined, member: string): unknown {
  const found = items(at(file, list)).find((entry) => textAt(entry, 'name') === name);
  return at(found, member);
}
