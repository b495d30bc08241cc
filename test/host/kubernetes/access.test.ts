import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kubeconfigAccess, serviceAccountAccess } from '../../../src/host/kubernetes/access.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'vipwatch-access-'));
});

afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const base64 = (text: string) => Buffer.from(text).toString('base64');

function kubeconfig(cluster: object, user: object): string {
  const value = {
    'current-context': 'home',
    contexts: [
      { name: 'other', context: { cluster: 'other', user: 'other' } },
      { name: 'home', context: { cluster: 'c', user: 'u' } },
    ],
    clusters: [{ name: 'c', cluster }],
    users: [{ name: 'u', user }],
  };
  return write('kubeconfig', JSON.stringify(value));
}

const SERVER = { server: 'https://192.168.1.10:6443' };

describe('serviceAccountAccess()', () => {
  it('reads the token anew for each request, and the authority for each connection', () => {
    write('ca.crt', 'CA');
    write('token', 'first\n');
    const access = serviceAccountAccess({ host: '10.96.0.1', port: '443' }, folder);
    expect([access.server, access.token(), access.tls()]).toEqual([
      'https://10.96.0.1:443',
      'first',
      { ca: 'CA' },
    ]);
    write('token', 'second');
    write('ca.crt', 'CA 2');
    expect([access.token(), access.tls()]).toEqual(['second', { ca: 'CA 2' }]);
  });

  it('puts an IPv6 address into brackets', () => {
    expect(serviceAccountAccess({ host: 'fd00::1', port: '443' }, folder).server).toBe(
      'https://[fd00::1]:443',
    );
  });
});

describe('kubeconfigAccess()', () => {
  it('takes what the file itself holds', () => {
    const access = kubeconfigAccess(
      kubeconfig(
        { ...SERVER, 'certificate-authority-data': base64('CA'), 'tls-server-name': 'kubernetes' },
        { 'client-certificate-data': base64('CERT'), 'client-key-data': base64('KEY') },
      ),
    );
    expect(access.server).toBe('https://192.168.1.10:6443');
    expect(access.tls()).toEqual({ ca: 'CA', cert: 'CERT', key: 'KEY', servername: 'kubernetes' });
    expect(access.token()).toBeNull();
  });

  it('finds files beside itself, and prefers the token that is renewed', () => {
    write('ca.pem', 'CA');
    write('fresh', 'renewed\n');
    const access = kubeconfigAccess(
      kubeconfig({ ...SERVER, 'certificate-authority': 'ca.pem' }, { token: 'old', tokenFile: 'fresh' }),
    );
    expect(access.tls()).toEqual({ ca: 'CA' });
    expect(access.token()).toBe('renewed');
  });

  it('checks the server unless told otherwise', () => {
    expect(kubeconfigAccess(kubeconfig(SERVER, { token: 't' })).tls()).toEqual({});
    const careless = { ...SERVER, 'insecure-skip-tls-verify': true };
    expect(kubeconfigAccess(kubeconfig(careless, {})).tls()).toEqual({ rejectUnauthorized: false });
  });

  it.each([
    ['a plugin', SERVER, { exec: { command: 'aws' } }, /its user has exec: expected a token/],
    ['a provider', SERVER, { 'auth-provider': { name: 'oidc' } }, /its user has auth-provider: /],
    ['a password', SERVER, { username: 'admin', password: 'x' }, /its user has username: /],
    ['no server', {}, {}, /"" is not the address of an API server/],
    ['a path', { server: 'https://rancher/k8s/c-1' }, {}, /"https:\/\/rancher\/k8s\/c-1" is not the address/],
  ])('refuses %s', (_what, cluster, user, message) => {
    expect(() => kubeconfigAccess(kubeconfig(cluster, user))).toThrow(message);
  });

  it.each([
    ['no context', 'clusters: []', /names no current-context$/],
    ['a context that is not there', 'current-context: home', /has no cluster for the context home$/],
    ['no YAML', '{ a: [', /kubeconfig: cannot be read: /],
    ['a list', '[]', /names no current-context$/],
  ])('refuses a file with %s', (_what, text, message) => {
    expect(() => kubeconfigAccess(write('kubeconfig', text))).toThrow(message);
  });

  it('refuses a file that is not there', () => {
    expect(() => kubeconfigAccess(join(folder, 'none'))).toThrow(/none: cannot be read: ENOENT/);
  });
});
