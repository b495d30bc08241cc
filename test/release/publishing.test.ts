// What is asked of docker, cosign, helm and gh for a release: stand-ins of these write it down, and answer as they do.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const DIGEST = `sha256:${'a'.repeat(64)}`;
const BASE_DIGEST = `sha256:${'b'.repeat(64)}`;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vipwatch-publishing-'));
  mkdirSync(join(folder, 'bin'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** @param script what it does, in shell; its words are written down before. */
function standIn(name: string, script = ''): void {
  const path = join(folder, 'bin', name);
  writeFileSync(path, `#!/bin/sh\nprintf '%s\\n' "${name} $*" >>"${folder}/asked"\n${script}\n`);
  chmodSync(path, 0o755);
}

function run(script: string, ...words: string[]) {
  const path = [join(folder, 'bin'), dirname(process.execPath), process.env.PATH].join(delimiter);
  const { status, stderr } = spawnSync(join(ROOT, script), words, {
    env: { ...process.env, PATH: path },
    encoding: 'utf8',
  });
  const asked = join(folder, 'asked');
  return { status, stderr, asked: existsSync(asked) ? readFileSync(asked, 'utf8').trim().split('\n') : [] };
}

describe('the image', () => {
  const DOCKER = `case "$*" in
*imagetools*) echo "$BASE" ;;
*) while [ $# -gt 1 ]; do [ "$1" != --metadata-file ] || printf '{\\n  "containerimage.digest": "%s"\\n}\\n' "${DIGEST}" >"$2"; shift; done ;;
esac`;
  const image = () =>
    run('scripts/release/image', 'registry.example/vipwatch', '1.2.3', join(folder, 'digest'));

  it('is built for two platforms on a base pinned by its digest, with labels and attestations', () => {
    standIn('docker', DOCKER.replace('$BASE', BASE_DIGEST));
    const { status, stderr, asked } = image();
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const [lookup, build] = asked;
    const base = /^ARG BASE_IMAGE=(.*)$/m.exec(readFileSync(join(ROOT, 'Dockerfile'), 'utf8'))![1]!;
    expect(lookup).toBe(`docker buildx imagetools inspect --format {{.Manifest.Digest}} ${base}`);
    for (const words of [
      '--platform linux/amd64,linux/arm64',
      `--build-arg BUILD_IMAGE=${base}@${BASE_DIGEST} --build-arg BASE_IMAGE=${base}@${BASE_DIGEST}`,
      '--provenance mode=max --sbom true',
      '--label org.opencontainers.image.version=1.2.3',
      `--label org.opencontainers.image.base.digest=${BASE_DIGEST}`,
      '--label org.opencontainers.image.description=Watches MetalLB Layer-2 virtual IPs on the wire: ',
      '--annotation index:org.opencontainers.image.licenses=Apache-2.0',
      '--tag registry.example/vipwatch:1.2.3 --push .',
    ])
      expect(build).toContain(words);
    expect(build).toMatch(/image\.revision=[0-9a-f]{40} /);
    expect(build).toMatch(/image\.created=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ /);
    expect(readFileSync(join(folder, 'digest'), 'utf8')).toBe(`${DIGEST}\n`);
  });

  it('is not built on a base whose digest nobody tells', () => {
    standIn('docker', DOCKER.replace('$BASE', 'latest'));
    const { status, stderr, asked } = image();
    expect({ status, asked: asked.length }).toEqual({ status: 1, asked: 1 });
    expect(stderr).toContain('has no digest: latest');
  });
});

describe('what is published', () => {
  const version = '9.9.9';
  const publish = () =>
    run(
      'scripts/release/publish',
      folder,
      'registry.example/vipwatch',
      DIGEST,
      'registry.example/charts',
      `v${version}`,
    );

  it('is signed by digest, and nothing is released where the chart was not pushed', () => {
    standIn('cosign');
    standIn('gh');
    standIn('helm', 'echo "Error: denied" >&2; exit 1');
    const { status, asked } = publish();
    expect(status).not.toBe(0);
    expect(asked).toEqual([
      `cosign sign --yes registry.example/vipwatch@${DIGEST}`,
      `helm push ${folder}/vipwatch-${version}.tgz oci://registry.example/charts`,
    ]);
  });

  it('needs notes', () => {
    standIn('cosign');
    standIn('gh');
    standIn(
      'helm',
      `echo "Pushed: registry.example/charts/vipwatch:${version}"; echo "Digest: ${BASE_DIGEST}"`,
    );
    const { status, stderr, asked } = publish();
    expect(status).not.toBe(0);
    expect(stderr).toContain(`CHANGELOG.md has no section ## [${version}]`);
    expect(asked.slice(2)).toEqual([
      `cosign sign --yes registry.example/charts/vipwatch@${BASE_DIGEST}`,
      `cosign sign-blob --yes --bundle ${folder}/SHA256SUMS.sigstore.json ${folder}/SHA256SUMS`,
    ]);
  });
});
