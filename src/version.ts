// `vipwatch version`.
import packageJson from '../package.json' with { type: 'json' };

export const VERSION: string = packageJson.version;

export function versionText(): string {
  return `vipwatch ${VERSION} (node ${process.versions.node}, ${process.platform}-${process.arch})\n`;
}
