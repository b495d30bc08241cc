// A control plane of one machine: etcd and kube-apiserver, with RBAC and all default admission plugins. No scheduler and
// no controller manager: what the tests need of theirs, the stand-in for the kubelet does.
import { generateKeyPairSync } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Host } from '../../lab/host.ts';
import type { LabProcess } from '../../lab/process.ts';
import { KubernetesApi, type KubernetesObject } from './kubernetes-api.ts';
import type { ClusterPrograms } from './programs.ts';

const PORT = 6443;
const FOLDER = '/run/lab/kubernetes';
/** On its host: of the administrator. */
export const KUBECONFIG = '/run/lab/admin.kubeconfig';
const TOKENS = '/run/lab/tokens.csv';
const ADMIN_TOKEN = 'admin';
/** On its host: what signs the tokens of ServiceAccounts. */
export const ACCOUNT_KEY = '/run/lab/service-account.key';
const ACCOUNT_PUBLIC_KEY = '/run/lab/service-account.pub';
/** On its host: made by kube-apiserver itself, for the address that it advertises. */
export const CERTIFICATE = `${FOLDER}/apiserver.crt`;
const SOCKET = '/run/lab/kubernetes.sock';
const TOKEN_SOCKET = '/run/lab/kubernetes-token';
/** The machine may be busy with other tests. */
const START_TIMEOUT_MS = 120_000;
/** Beyond what a command is told to wait for. */
const KUBECTL_TIMEOUT_MS = 200_000;

/** Whom the API server knows by a token. */
export interface User {
  readonly token: string;
  readonly name: string;
  /** @default none */
  readonly groups?: readonly string[];
}

export interface ControlPlaneOptions {
  /** Beside the administrator. @default none */
  readonly users?: readonly User[];
  /** Of kube-apiserver, beside its own. @default none */
  readonly apiServerFlags?: readonly string[];
}

export class ControlPlane {
  readonly host: Host;
  /** Where Pods reach the API server. */
  readonly address: string;
  readonly port = PORT;
  /** As administrator. */
  readonly api: KubernetesApi;
  /** The API server's, by which clients know whom they speak to; in PEM. */
  readonly certificate: string;
  readonly #programs: ClusterPrograms;
  readonly #flags: readonly string[];
  #apiServer: LabProcess;
  #manifests = 0;
  #tokens = 0;

  private constructor(
    host: Host,
    address: string,
    programs: ClusterPrograms,
    flags: readonly string[],
    apiServer: LabProcess,
    certificate: string,
  ) {
    this.host = host;
    this.address = address;
    this.#programs = programs;
    this.#flags = flags;
    this.#apiServer = apiServer;
    this.certificate = certificate;
    this.api = new KubernetesApi(host.path(SOCKET));
  }

  /**
   * Starts everything on this host, which has this address; resolves when the API server is ready.
   *
   * @throws {Error} where it is not within two minutes, with what it said.
   */
  static async start(
    host: Host,
    address: string,
    programs: ClusterPrograms,
    { users = [], apiServerFlags = [] }: ControlPlaneOptions = {},
  ): Promise<ControlPlane> {
    await writeCredentials(host, address, users);
    const flags = [...APISERVER_FLAGS, ...apiServerFlags, `--advertise-address=${address}`];
    const etcd = host.spawn([programs.etcd, ...ETCD_FLAGS]);
    await etcd.waitForLine(/ready to serve client requests/, { timeoutMs: START_TIMEOUT_MS });
    const apiServer = await serving(host, programs, flags);
    await proxied(host, programs, SOCKET);
    const certificate = await host.readFile(CERTIFICATE);
    const controlPlane = new ControlPlane(host, address, programs, flags, apiServer, certificate);
    await controlPlane.#ready();
    return controlPlane;
  }

  /** Ends the API server; etcd keeps what it knew. */
  async stopApiServer(): Promise<void> {
    // It would give open watches a minute to end by themselves.
    await this.#apiServer.stop('SIGKILL');
  }

  /** Starts it again, as the one it was. Resolves when it is ready. */
  async startApiServer(): Promise<void> {
    this.#apiServer = await serving(this.host, this.#programs, this.#flags);
    await this.#ready();
  }

  /** As whoever has this token. */
  async apiWith(token: string): Promise<KubernetesApi> {
    this.#tokens += 1;
    const socket = `${TOKEN_SOCKET}-${this.#tokens}.sock` as const;
    await proxied(this.host, this.#programs, socket, `--token=${token}`);
    return new KubernetesApi(this.host.path(socket));
  }

  /** For whoever has this token, wherever it is. */
  kubeconfig(token: string): string {
    const authority = { 'certificate-authority-data': Buffer.from(this.certificate).toString('base64') };
    return kubeconfigText(this.address, token, authority);
  }

  /** As administrator. Returns what it printed. @throws {Error} where it fails, with what it said. */
  async kubectl(...words: string[]): Promise<string> {
    const flags = [`--kubeconfig=${KUBECONFIG}`, '--cache-dir=/run/lab/kubectl'];
    const { stdout } = await this.host.run([this.#programs.kubectl, ...flags, ...words], {
      timeoutMs: KUBECTL_TIMEOUT_MS,
    });
    return stdout;
  }

  /** `kubectl apply --server-side`, with objects or with the path of a file or folder. */
  async apply(what: readonly object[] | string): Promise<void> {
    let path = what;
    if (typeof path !== 'string') {
      this.#manifests += 1;
      const file = `/run/lab/manifest-${this.#manifests}.json` as const;
      await this.host.writeFile(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: what }));
      path = file;
    }
    await this.kubectl('apply', '--server-side', '--force-conflicts', '-f', path);
  }

  /**
   * What `find` makes of a collection, as soon as that is not undefined.
   *
   * @throws {Error} where it is undefined still when the time is up, with the objects that are there.
   */
  async until<Item extends KubernetesObject, Found>(
    path: string,
    find: (items: readonly Item[]) => Found | undefined,
    options: { readonly timeoutMs?: number } = {},
  ): Promise<Found> {
    const { timeoutMs = 30_000 } = options;
    const signal = AbortSignal.timeout(timeoutMs);
    try {
      for await (const _ of this.api.changes(path, signal)) {
        const found = find(await this.api.list<Item>(path));
        if (found !== undefined) return found;
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
    const items = await this.api.list<Item>(path);
    throw new Error(`Not found in ${path} within ${timeoutMs} ms: ${JSON.stringify(items, null, 2)}`);
  }

  async #ready(): Promise<void> {
    const deadline = Date.now() + START_TIMEOUT_MS;
    let why = '';
    while (Date.now() < deadline && !this.#apiServer.exit) {
      try {
        await this.api.text('GET', '/readyz');
        return;
      } catch (error) {
        why = String(error);
      }
      await delay(200);
    }
    throw new Error(`The API server is not ready (${why}): ${this.#apiServer.describe()}`);
  }
}

const ETCD_FLAGS = [
  `--data-dir=/run/lab/etcd`,
  // Nothing here outlives the power cut that it would guard against.
  '--unsafe-no-fsync',
];

const APISERVER_FLAGS = [
  '--etcd-servers=http://127.0.0.1:2379',
  `--secure-port=${PORT}`,
  `--cert-dir=${FOLDER}`,
  '--authorization-mode=Node,RBAC',
  `--token-auth-file=${TOKENS}`,
  `--service-account-key-file=${ACCOUNT_PUBLIC_KEY}`,
  `--service-account-signing-key-file=${ACCOUNT_KEY}`,
  '--service-account-issuer=https://kubernetes.default.svc',
  '--service-cluster-ip-range=10.96.0.0/16,fd00:10:96::/112',
  '--allow-privileged=true',
];

/** Resolves when it listens; its certificate is made by then. */
async function serving(
  host: Host,
  { kubeApiserver }: ClusterPrograms,
  flags: readonly string[],
): Promise<LabProcess> {
  const apiServer = host.spawn([kubeApiserver, ...flags]);
  await apiServer.waitForLine(/Serving securely on/, { timeoutMs: START_TIMEOUT_MS });
  return apiServer;
}

/** Resolves when the API server is reached by this socket. */
async function proxied(
  host: Host,
  { kubectl }: ClusterPrograms,
  socket: string,
  ...flags: readonly string[]
): Promise<void> {
  const words = ['proxy', `--kubeconfig=${KUBECONFIG}`, `--unix-socket=${socket}`, ...flags];
  const proxy = host.spawn([kubectl, ...words]);
  await proxy.waitForLine(/^Starting to serve/, { timeoutMs: START_TIMEOUT_MS });
}

async function writeCredentials(host: Host, address: string, users: readonly User[]): Promise<void> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  await host.writeFile(ACCOUNT_KEY, String(privateKey.export({ type: 'sec1', format: 'pem' })), 0o600);
  await host.writeFile(ACCOUNT_PUBLIC_KEY, String(publicKey.export({ type: 'spki', format: 'pem' })));
  const admin: User = { token: ADMIN_TOKEN, name: 'admin', groups: ['system:masters'] };
  const lines = [admin, ...users].map(
    ({ token, name, groups = [] }) => `${token},${name},${name},"${groups.join(',')}"\n`,
  );
  await host.writeFile(TOKENS, lines.join(''), 0o600);
  const authority = { 'certificate-authority': CERTIFICATE };
  await host.writeFile(KUBECONFIG, kubeconfigText(address, ADMIN_TOKEN, authority), 0o600);
}

function kubeconfigText(address: string, token: string, authority: object): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'lab', cluster: { server: `https://${address}:${PORT}`, ...authority } }],
    users: [{ name: 'user', user: { token } }],
    contexts: [{ name: 'lab', context: { cluster: 'lab', user: 'user' } }],
    'current-context': 'lab',
  });
}
