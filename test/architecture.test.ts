// ARCHITECTURE.md and its drawing say what the source is.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DRAWING, drawing } from '../scripts/structure/drawing.ts';
import { ROOMS } from '../scripts/structure/rooms.ts';

const ROOT = join(import.meta.dirname, '..');
const PAGE = readFileSync(join(ROOT, 'ARCHITECTURE.md'), 'utf8');
const TREE = /^```\n([\s\S]*?)^```$/m.exec(PAGE)![1]!;
const WALK = /^([\s\S]*)^It passes the watcher (\d+) times? and the daemon (\d+) times?\.$/m;
const FILE = /`([\w./-]+\/[\w.-]+\.ts)`/g;

/** The rooms of the tree, by their whole paths, with their doors. */
function roomsOfTree(): Map<string, string | undefined> {
  const rooms = new Map<string, string | undefined>();
  let above = '';
  for (const line of TREE.trimEnd().split('\n')) {
    const [, indent = '', names = ''] = /^( *)((?:[\w-]+(?:\/|\.ts) ?)+)/.exec(line) ?? [];
    const door = /door: (\S+)$/.exec(line)?.[1];
    const folder = indent === '' ? '' : above;
    for (const name of names.trim().split(' ')) {
      const room = folder + name.replace(/\/$/, '');
      rooms.set(room, door && `${room}/${door}`);
    }
    if (indent === '') above = names.trim();
  }
  return rooms;
}

describe('ARCHITECTURE.md', () => {
  it('shows every room and its door', () => {
    const tree = roomsOfTree();
    const doors = Object.entries(ROOMS).map(([room, { door }]) => [room, door]);
    expect(Object.fromEntries([...tree].filter(([room]) => room in ROOMS))).toEqual(
      Object.fromEntries(doors),
    );
    // A folder that holds rooms alone is none itself.
    const others = [...tree.keys()].filter((room) => !(room in ROOMS));
    expect(others.filter((room) => !Object.keys(ROOMS).some((one) => one.startsWith(`${room}/`)))).toEqual(
      [],
    );
  });

  it('names files that exist', () => {
    const named = [...PAGE.matchAll(FILE)].map(([, file]) => file!);
    expect(named.length).toBeGreaterThan(40);
    const isThere = (file: string) => existsSync(join(ROOT, 'src', file)) || existsSync(join(ROOT, file));
    expect(named.filter((file) => !isThere(file))).toEqual([]);
  });

  it('counts how often each walk passes the watcher and the daemon', () => {
    const walks = PAGE.split(/^### /m).slice(1);
    expect(walks).toHaveLength(4);
    for (const walk of walks) {
      const [, steps, watcher, daemon] = WALK.exec(walk)!;
      const passed = [...steps!.matchAll(FILE)].map(([, file]) => file!);
      const counted = [
        passed.filter((file) => file === 'watch/watcher.ts').length,
        passed.filter((file) => file.startsWith('daemon/')).length,
      ];
      expect([Number(watcher), Number(daemon)], walk.split('\n')[0]).toEqual(counted);
    }
  });
});

describe('docs/architecture.svg', () => {
  it('is as scripts/structure/drawing.ts draws it', () => {
    expect(readFileSync(DRAWING, 'utf8')).toBe(drawing());
  });
});
