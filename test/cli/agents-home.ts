// Agents of a cluster as `vipwatch status` finds them: an API server of the test's own, which lists their Pods and passes questions on.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Sources } from '../../src/serve/tables/sources.ts';
import { type SampleServer, sampleServer } from '../serve/server.ts';

/** Of a Pod that the API server cannot reach, or is not there yet. */
export type Away = 'unreachable' | 'Pending';

export class AgentsHome implements AsyncDisposable {
  readonly kubeconfig: string;
  readonly asked: string[] = [];
  /** What the API server answers to a list of Pods, in place of it. */
  refusal: { readonly status: number; readonly message: string } | null = null;
  readonly #folder = mkdtempSync(join(tmpdir(), 'vipwatch-agents-'));
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    this.kubeconfig = join(this.#folder, 'config');
    const { port } = server.address() as AddressInfo;
    const config = {
      ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'home' },
      contexts: [{ name: 'home', context: { cluster: 'c', user: 'u' } }],
      clusters: [
        { name: 'c', cluster: { server: `http://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true } },
      ],
      users: [{ name: 'u', user: { token: 'sesame' } }],
    };
    writeFileSync(this.kubeconfig, JSON.stringify(config));
  }

  /** @param nodes what the agent of each knows, or why it cannot be asked. */
  static async start(nodes: Readonly<Record<string, Partial<Sources> | Away>>): Promise<AgentsHome> {
    const servers = new Map<string, SampleServer>();
    for (const [node, sources] of Object.entries(nodes))
      if (typeof sources !== 'string') servers.set(node, await sampleServer(sources));
    const server = createServer(async (request, response) => {
      const { pathname, search } = new URL(request.url!, 'http://api');
      home.asked.push(pathname);
      const proxied = /^\/api\/v1\/namespaces\/vipwatch\/pods\/pod-([^:/]+):9797\/proxy(\/.*)$/.exec(
        pathname,
      );
      if (!proxied) {
        if (home.refusal) return response.writeHead(home.refusal.status).end(JSON.stringify(home.refusal));
        const items = [...Object.entries(nodes).map(([node, what]) => podOf(node, what)), helmTest()];
        return response.end(JSON.stringify({ metadata: {}, items }));
      }
      const [, node = '', path = ''] = proxied;
      const agent = servers.get(node);
      if (!agent) {
        const status = { kind: 'Status', message: 'dial tcp 192.168.1.12:9797: connect: no route to host' };
        return response.writeHead(503).end(JSON.stringify(status));
      }
      const { statusCode, body } = await agent.server.fastify.inject({ url: path + search });
      return response.writeHead(statusCode).end(body);
    });
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
    const home = new AgentsHome(server);
    return home;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((closed) => this.#server.close(closed));
    rmSync(this.#folder, { recursive: true });
  }
}

function podOf(node: string, what: Partial<Sources> | Away): object {
  return {
    metadata: { namespace: 'vipwatch', name: `pod-${node}` },
    spec: { nodeName: node, containers: [{ ports: [{ name: 'http', containerPort: 9797 }] }] },
    status: { phase: what === 'Pending' ? 'Pending' : 'Running' },
  };
}

/** It has the labels of the release, and is no agent. */
function helmTest(): object {
  return {
    metadata: { namespace: 'vipwatch', name: 'vipwatch-test' },
    spec: { nodeName: 'cp', containers: [{}] },
    status: { phase: 'Succeeded' },
  };
}
