// The cells of the address map: a grid that the keyboard moves in.
import { useMemo, useRef, useState } from 'preact/hooks';
import { type Cell, COLUMNS, ipText, LETTERS, ROLE_WORDS } from './address-space.ts';
import { colourOf } from './parts.tsx';
import { count } from './words.ts';

interface GridProps {
  readonly cells: readonly Cell[];
  readonly block: number;
  readonly names: readonly string[];
  readonly label: string;
  readonly onOpen: (ip: string) => void;
}

export function Grid({ cells, block, names, label, onOpen }: GridProps) {
  const [at, setAt] = useState(0);
  const grid = useRef<HTMLTableElement>(null);
  const active = Math.min(at, cells.length - 1);
  const onKey = (event: KeyboardEvent) => {
    // By the cells themselves: a key that is held down comes faster than the page is drawn.
    const all = [...(grid.current?.querySelectorAll('td') ?? [])];
    const from = all.indexOf(event.target as HTMLTableCellElement);
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -COLUMNS, ArrowDown: COLUMNS }[event.key];
    const to = event.key === 'Home' ? 0 : event.key === 'End' ? all.length - 1 : from + (step ?? 0);
    if (from < 0 || to === from || !all[to]) return;
    event.preventDefault();
    all[to].focus();
  };
  const rows = Array.from({ length: Math.ceil(cells.length / COLUMNS) }, (_, row) =>
    cells.slice(row * COLUMNS, (row + 1) * COLUMNS),
  );
  return (
    // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: the grid pattern of WAI-ARIA, whose rows and cells these are
    <table class="grid" role="grid" aria-label={label} ref={grid} onKeyDown={onKey}>
      <tbody>
        {rows.map((row, y) => (
          <Line
            key={row[0]!.first}
            cells={row}
            active={active - y * COLUMNS}
            onFocus={(x) => setAt(y * COLUMNS + x)}
            {...{ block, names, onOpen }}
          />
        ))}
      </tbody>
    </table>
  );
}

interface LineProps extends Omit<GridProps, 'label'> {
  /** The one that Tab leads to; of another line where it is none of these. */
  readonly active: number;
  readonly onFocus: (x: number) => void;
}

/** Drawn again only where it is another: of thousands of addresses few change at a time. */
function Line({ cells, block, names, active, onFocus, onOpen }: LineProps) {
  const looks = cells.map((cell) => ({ cell, look: classOf(cell, names), words: spoken(cell, block) }));
  const isActive = active >= 0 && active < cells.length;
  return useMemo(
    () => (
      <tr>
        {looks.map(({ cell: { first, role }, look, words }, x) => (
          <td
            key={first}
            tabIndex={x === active ? 0 : -1}
            class={look}
            aria-label={words}
            title={words}
            onFocus={() => onFocus(x)}
            onClick={() => onOpen(ipText(first))}
            onKeyDown={(event) => event.key === 'Enter' && onOpen(ipText(first))}
          >
            {LETTERS[role] || <small>{block === 1 ? first % 256 : ''}</small>}
          </td>
        ))}
      </tr>
    ),
    [looks.map(({ look, words }) => `${look} ${words}`).join('\n'), isActive ? active : null],
  );
}

function classOf({ role, inPool, inDhcp, isSafe, node }: Cell, names: readonly string[]): string {
  return [
    'cell',
    `role-${role}`,
    inPool && 'in-pool',
    inDhcp && 'in-dhcp',
    isSafe && 'is-safe',
    node !== null && `node-${colourOf(node, names)}`,
  ]
    .filter(Boolean)
    .join(' ');
}

function spoken({ first, last, role, used, inPool, inDhcp, node }: Cell, block: number): string {
  const what = [ROLE_WORDS[role]];
  if (node !== null) what.push(`announced by ${node}`);
  if (inPool && role !== 'free') what.push('of a pool');
  if (inDhcp) what.push('DHCP may lease it');
  if (block === 1) return `${ipText(first)}: ${what.join(', ')}`;
  return `${ipText(first)} to ${ipText(last)}: ${count(used, 'address', 'addresses')} in use; ${what.join(', ')}`;
}
