// What goes with which type of `dhcp.import`, and what is read of it.
import { IMPORT_TYPES, type ImportType } from '../lease-import/settings.ts';
import { type Keys, type Mistake, pathText } from './mistakes.ts';

const KEYS = ['file', 'configFile', 'url', 'user', 'passwordFile', 'keyFile', 'caFile'] as const;
type Key = (typeof KEYS)[number];

/** By type, and by how it is read: the keys that it needs, and those that it may have. */
const READ: Readonly<
  Record<ImportType, Partial<Record<'file' | 'url', Readonly<Record<'needs' | 'takes', readonly Key[]>>>>>
> = {
  dnsmasq: { file: { needs: ['file'], takes: ['configFile'] } },
  isc: { file: { needs: ['file'], takes: ['configFile'] } },
  kea: {
    file: { needs: ['file'], takes: ['configFile'] },
    url: { needs: ['url'], takes: ['user', 'passwordFile', 'caFile'] },
  },
  pihole: { url: { needs: ['url'], takes: ['passwordFile', 'caFile'] } },
  opnsense: { url: { needs: ['url', 'keyFile'], takes: ['caFile'] } },
};

/** @param entry one import, which may be wrong elsewhere. */
export function importMistakes(keys: Keys, entry: Readonly<Record<string, unknown>>): Mistake[] {
  const type = IMPORT_TYPES.find((one) => one === entry.type);
  if (type === undefined) return [];
  const has = (key: string) => entry[key] !== undefined;
  const at = (key: string, text: string): Mistake => ({ keys: [...keys, key], text });
  const { file, url } = READ[type];
  if (file && url && has('file') && has('url'))
    return [at('url', `only one of this and ${pathText([...keys, 'file'])} can be read`)];
  const way = url && (has('url') || !file) ? url : file!;
  if (file && url && !has('file') && !has('url')) return [{ keys, text: 'needs file or url' }];
  const missing = way.needs.filter((key) => !has(key)).map((key) => at(key, `is missing: ${type} needs it`));
  const unread = KEYS.filter((key) => has(key) && !way.needs.includes(key) && !way.takes.includes(key)).map(
    (key) => at(key, `is not read: ${type} has no use for it${way === url && file ? ' by url' : ''}`),
  );
  const isHalf = way.takes.includes('user') && has('user') !== has('passwordFile');
  const half = isHalf
    ? [at(has('user') ? 'passwordFile' : 'user', 'is missing: kea needs both user and passwordFile')]
    : [];
  return [...missing, ...unread, ...half];
}
