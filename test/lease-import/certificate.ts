// A certificate of a CA of its own, both good for two days.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const openssl = spawnSync('openssl', ['version']).status === 0;
if (!openssl) console.warn('skipped: openssl is not here; install the Debian package openssl');

/** In PEM. */
export interface Certificate {
  readonly key: string;
  readonly cert: string;
  /** Of the CA. */
  readonly ca: string;
}

/** In the folder that the certificate is made in. */
export const CA_FILE = 'ca.pem';

/** @param folder where its files may be. */
export function certificateOf(address: string, folder: string): Certificate {
  const path = (name: string) => join(folder, name);
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
  const ca = ['-keyout', path('ca-key.pem'), '-out', path(CA_FILE), '-subj', '/CN=lab CA'];
  run('req', '-x509', ...key, ...ca);
  run('req', ...key, '-keyout', path('key.pem'), '-out', path('csr.pem'), '-subj', '/CN=router');
  writeFileSync(path('extension'), `subjectAltName=IP:${address}`);
  const by = ['-CA', path(CA_FILE), '-CAkey', path('ca-key.pem'), '-CAcreateserial', '-days', '2'];
  const out = ['-extfile', path('extension'), '-out', path('cert.pem')];
  run('x509', '-req', '-in', path('csr.pem'), ...by, ...out);
  const [keyText, cert, caText] = ['key.pem', 'cert.pem', CA_FILE].map((name) =>
    readFileSync(path(name), 'utf8'),
  );
  return { key: keyText!, cert: cert!, ca: caText! };
}

function run(...args: readonly string[]): void {
  const { status, stderr } = spawnSync('openssl', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
}
