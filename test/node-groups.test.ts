// What a real node's programs are told on a machine with control groups of version 1, and of version 2; test/node runs them.
import { describe, expect, it } from 'vitest';
import { hierarchiesOfVersion1, hierarchyOfVersion2 } from './node/cgroup-layout.ts';
import { enterText, mountText, namespaceText } from './node/cgroup-scripts.ts';
import { kubeletConfiguration } from './node/kubelet-configuration.ts';

/** Of a machine that has both: version 2 is left with what version 1 does not have. */
const HYBRID = '12:cpu,cpuacct:/tests\n9:memory:/\n1:name=systemd:/user.slice\n0::/user.slice\n';
const VERSION1 = hierarchiesOfVersion1(HYBRID, 'node-1');

/** The groups' `cgroup.subtree_control`. */
const controlOf =
  (groups: Readonly<Record<string, string>>) =>
  (folder: string): string =>
    groups[folder] ?? '';
const SCOPE = '0::/system.slice/run-1.scope\n';
const VERSION2 = hierarchyOfVersion2(
  SCOPE,
  'node-1',
  controlOf({ '/sys/fs/cgroup/system.slice': 'cpu memory pids\n' }),
)!;

describe('the groups of a node', () => {
  it('are in each hierarchy of version 1, below those of the tests, and not in that of version 2', () => {
    expect(VERSION1).toEqual([
      {
        controllers: 'cpu,cpuacct',
        path: '/tests/node-1',
        folder: '/sys/fs/cgroup/cpu,cpuacct/tests/node-1',
      },
      { controllers: 'memory', path: '/node-1', folder: '/sys/fs/cgroup/memory/node-1' },
      {
        controllers: 'name=systemd',
        path: '/user.slice/node-1',
        folder: '/sys/fs/cgroup/systemd/user.slice/node-1',
      },
    ]);
  });

  it('are below the nearest group of version 2 that passes on what a kubelet needs', () => {
    const all = 'cpuset cpu io memory pids';
    const groups = { '/sys/fs/cgroup': all, '/sys/fs/cgroup/system.slice': all };
    const expected = (path: string) => ({ controllers: undefined, path, folder: `/sys/fs/cgroup${path}` });
    const find = (own: string, control: Readonly<Record<string, string>>) =>
      hierarchyOfVersion2(own, 'node-1', controlOf(control));
    expect(find(SCOPE, groups)).toEqual(expected('/system.slice/node-1'));
    expect(find(SCOPE, { ...groups, '/sys/fs/cgroup/system.slice/run-1.scope': all })).toEqual(
      expected('/system.slice/run-1.scope/node-1'),
    );
    // One of the three is missing.
    expect(find(SCOPE, { ...groups, '/sys/fs/cgroup/system.slice': 'memory pids' })).toEqual(
      expected('/node-1'),
    );
    expect(find('0::/\n', groups)).toEqual(expected('/node-1'));
  });

  it('are nowhere where no group of version 2 passes them on, as in a container', () => {
    expect(hierarchyOfVersion2('0::/\n', 'node-1', controlOf({}))).toBeUndefined();
    expect(
      hierarchyOfVersion2('', 'node-1', controlOf({ '/sys/fs/cgroup': 'cpu memory pids' })),
    ).toBeUndefined();
  });
});

describe('a kubelet', () => {
  it('is told to bear version 1 where there is no other, and nothing of it elsewhere', () => {
    expect(kubeletConfiguration(VERSION1)).toMatchObject({ failCgroupV1: false, cgroupDriver: 'cgroupfs' });
    const { failCgroupV1: _, ...rest } = kubeletConfiguration(VERSION1) as { failCgroupV1: boolean };
    expect(kubeletConfiguration([VERSION2])).toEqual(rest);
  });
});

describe('a program of a node', () => {
  it('enters its folder of each hierarchy of version 1, as the root of what it sees', () => {
    const text = enterText(VERSION1);
    expect(text).toContain(
      'mount -t cgroup -o cpu,cpuacct cgroup /run/lab/cgroups\necho "$1" >/run/lab/cgroups/tests/node-1/cgroup.procs\n',
    );
    expect(text).toMatch(/^exec unshare --cgroup "\$@"$/m);
    expect(namespaceText(VERSION1)).toBe('');
    expect(mountText(VERSION1)).toContain('mount -t cgroup -o name=systemd cgroup /sys/fs/cgroup/systemd\n');
  });

  it('enters a group below the folder in version 2, where the folder has nobody in it', () => {
    const text = enterText([VERSION2]);
    expect(text).toContain(
      'mount -t cgroup2 cgroup /run/lab/cgroups\necho "$1" >/run/lab/cgroups/system.slice/node-1/programs/cgroup.procs\n',
    );
    expect(text).toMatch(/^exec nsenter --cgroup=\/run\/lab\/cgroup-namespace "\$@"$/m);
    // The namespace's root is the folder itself.
    expect(namespaceText([VERSION2])).toContain('>/run/lab/cgroups/system.slice/node-1/cgroup.procs\n');
    expect(mountText([VERSION2])).toBe('mount -t cgroup2 cgroup2 /sys/fs/cgroup\n');
  });
});
