// Small parts that several sections use.
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { ago, clock } from './words.ts';

export function Section(props: {
  readonly id: string;
  readonly title: string;
  readonly aside?: ComponentChildren;
  readonly children: ComponentChildren;
}) {
  const heading = `${props.id}-title`;
  return (
    <section id={props.id} aria-labelledby={heading}>
      <header>
        <h2 id={heading}>{props.title}</h2>
        {props.aside}
      </header>
      {props.children}
    </section>
  );
}

/** Local time; UTC on demand. */
export function Time({ iso, isAgo = false }: { readonly iso: string; readonly isAgo?: boolean }) {
  return (
    <time dateTime={iso} title={iso}>
      {isAgo ? ago(iso) : clock(iso)}
    </time>
  );
}

export function Copy({ text, children }: { readonly text: string; readonly children: ComponentChildren }) {
  const [isDone, setDone] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // A page without TLS has no clipboard: the text is selected in a field instead.
      const field = document.createElement('textarea');
      field.value = text;
      document.body.append(field);
      field.select();
      document.execCommand('copy');
      field.remove();
    }
    setDone(true);
    setTimeout(() => setDone(false), 2_000);
  };
  return (
    <button type="button" class="quiet" onClick={copy}>
      {isDone ? 'Copied' : children}
    </button>
  );
}

/** Long lists are shown bit by bit. */
export function ShowMore({ rest, onMore }: { readonly rest: number; readonly onMore: () => void }) {
  if (rest <= 0) return null;
  return (
    <button type="button" onClick={onMore}>
      Show more ({rest})
    </button>
  );
}

export function AddressLink({ ip }: { readonly ip: string }) {
  return (
    <a class="address" href={`#/ip/${encodeURIComponent(ip)}`}>
      {ip}
    </a>
  );
}

/** Nodes have one of a few colours, always beside their name. */
export function NodeName({ name, nodes }: { readonly name: string; readonly nodes: readonly string[] }) {
  return (
    <span class="node">
      <i class={`swatch node-${colourOf(name, nodes)}`} aria-hidden="true" />
      {name}
    </span>
  );
}

const COLOURS = 6;

export function colourOf(name: string, nodes: readonly string[]): number {
  return Math.max(0, nodes.indexOf(name)) % COLOURS;
}
