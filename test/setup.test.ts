// `scripts/setup` on a copy of this machine, made of an overlay: Debian's own tools enable services in it, as the packages do.
// What dpkg has installed and what apt brings is made up.
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isRoot } from '../lab/cell.ts';
import { labUnavailable } from './lab/available.ts';

const ROOT = join(import.meta.dirname, '..');
const isDebian = existsSync('/usr/bin/deb-systemd-helper') && existsSync('/usr/sbin/update-rc.d');
const cannotRun = !isRoot() || !isDebian || labUnavailable();

/** Two packages of those that the script knows: one with a unit alone, and one with an init script as well. */
const PACKAGES = ['containerd', 'keepalived'];
/** The file of a unit that is not this machine's own. */
const unitOf = (name: string) => `/usr/lib/systemd/system/lab-${name}.service`;
const UNIT = '[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target\n';
const INIT = `#!/bin/sh
### BEGIN INIT INFO
# Provides: lab-keepalived
# Required-Start:
# Required-Stop:
# Default-Start: 2 3 4 5
# Default-Stop: 0 1 6
### END INIT INFO
`;
/** As the postinst of each package does. */
const POSTINST: Readonly<Record<string, string>> = {
  containerd: 'deb-systemd-helper enable lab-containerd.service',
  keepalived: 'update-rc.d lab-keepalived defaults; deb-systemd-helper enable lab-keepalived.service',
};

/** In the copy, before the script. */
const CONTAINERD_ENABLED = `DPKG_MAINTSCRIPT_PACKAGE=containerd ${POSTINST.containerd}`;

describe.skipIf(cannotRun)('scripts/setup node', () => {
  let folder: string;
  /** What is in the copy and not on this machine. */
  let upper: string;

  function write(path: string, text: string, mode = 0o644): void {
    mkdirSync(dirname(join(upper, path)), { recursive: true });
    writeFileSync(join(upper, path), text);
    chmodSync(join(upper, path), mode);
  }

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'vipwatch-setup-'));
    upper = join(folder, 'upper');
    for (const name of ['upper', 'work', 'root']) mkdirSync(join(folder, name));
    for (const name of PACKAGES) write(unitOf(name), UNIT);
    write('/etc/init.d/lab-keepalived', INIT, 0o755);
    cpSync(join(ROOT, 'scripts/setup'), join(upper, 'checkout/scripts/setup'));
    // The machine's own, which must be there again afterwards.
    write('/usr/sbin/policy-rc.d', '#!/bin/sh\nexit 0\n', 0o755);
    write('/checkout/package-lock.json', '{}');
    write('/checkout/node_modules/.vipwatch-installed', '');
    mkdirSync(join(upper, 'checkout/node_modules/.bin'));
    symlinkSync(process.execPath, join(upper, 'checkout/node_modules/.bin/node'));
    const listings = PACKAGES.map((name) => {
      const files = [unitOf(name), ...(name === 'keepalived' ? ['/etc/init.d/lab-keepalived'] : [])];
      return `${name}) printf '%s\\n' /. ${files.join(' ')} ;;`;
    });
    write(
      '/stand-ins/dpkg-query',
      `#!/bin/sh
if [ "$1" = --listfiles ]; then case $2 in ${listings.join(' ')} esac; exit; fi
shift 2
for name; do grep -qx "$name" /missing || echo "installed $name"; done\n`,
      0o755,
    );
    const installs = PACKAGES.map(
      (name) => `*" ${name} "*) export DPKG_MAINTSCRIPT_PACKAGE=${name}; ${POSTINST[name]} ;;`,
    );
    // The policy is Debian's way to keep what is installed from starting.
    write(
      '/stand-ins/apt-get',
      `#!/bin/sh
[ "$1" = install ] || exit 0
/usr/sbin/policy-rc.d; echo "policy: $?" >&2
for name in ${PACKAGES.join(' ')}; do case " $* " in *" $name "*) case " $name " in ${installs.join(' ')} esac ;; esac; done\n`,
      0o755,
    );
  });

  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  /** @param before what is run in the copy first. */
  function setup(
    missing: readonly string[],
    before = '',
  ): { readonly said: string; readonly enabled: string[] } {
    write('/missing', missing.map((name) => `${name}\n`).join(''));
    const script = `set -e
mount -t overlay overlay -o lowerdir=/,upperdir=${upper},workdir=${folder}/work ${folder}/root
mount --rbind /dev ${folder}/root/dev
cd ${folder}/root
exec chroot . sh -ec '${before}
PATH=/stand-ins:$PATH /checkout/scripts/setup node
/usr/sbin/policy-rc.d
echo enabled:
find /etc/systemd/system /etc/rc2.d -name "*lab-*" | sort'`;
    const { status, stdout, stderr } = spawnSync('unshare', ['--mount', 'sh', '-c', script], {
      encoding: 'utf8',
      env: { ...process.env, PATH: `/usr/sbin:/sbin:${process.env.PATH}` },
    });
    expect(status, stderr).toBe(0);
    return { said: stderr, enabled: stdout.split('enabled:\n')[1]!.split('\n').filter(Boolean) };
  }

  it('leaves no service of what it installs to start now, or with the machine', () => {
    const { said, enabled } = setup(PACKAGES);
    expect(said).toContain('setup: installing Debian packages: keepalived containerd');
    expect(said).toContain('policy: 101');
    // K: is stopped there.
    expect(enabled.filter((path) => !/\/K\d\dlab-/.test(path))).toEqual([]);
  });

  it('leaves the services of what was installed before as they are', () => {
    const { said, enabled } = setup(['keepalived'], CONTAINERD_ENABLED);
    expect(said).toContain('setup: installing Debian packages: keepalived');
    expect(enabled).toContain('/etc/systemd/system/multi-user.target.wants/lab-containerd.service');
    expect(enabled.filter((path) => path.includes('keepalived') && !/\/K\d\dlab-/.test(path))).toEqual([]);
  });

  it('does nothing where nothing is missing', () => {
    const { said, enabled } = setup([], CONTAINERD_ENABLED);
    expect(said).not.toContain('setup:');
    expect(enabled).toEqual(['/etc/systemd/system/multi-user.target.wants/lab-containerd.service']);
  });
});
