// What the main thread of a page does, out of Chromium's own trace.
import type { CDPSession, Page } from 'playwright-core';

export interface Task {
  /** From its start to its end, in milliseconds: also what others took of the processor meanwhile. */
  readonly took: number;
  /** What it took of the processor itself. */
  readonly worked: number;
}

interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  /** Microseconds. */
  readonly dur?: number;
  readonly tdur?: number;
  readonly args: { readonly name?: string; readonly data?: { readonly url?: string } };
}

export class MainThread {
  readonly #session: CDPSession;
  readonly #events: TraceEvent[] = [];

  private constructor(session: CDPSession) {
    this.#session = session;
    session.on('Tracing.dataCollected', ({ value }) => {
      this.#events.push(...(value as unknown as TraceEvent[]));
    });
  }

  /** Before the page goes anywhere. */
  static async watch(page: Page): Promise<MainThread> {
    const session = await page.context().newCDPSession(page);
    const thread = new MainThread(session);
    await session.send('Tracing.start', {
      transferMode: 'ReportEvents',
      traceConfig: {
        includedCategories: ['devtools.timeline', 'disabled-by-default-devtools.timeline', '__metadata'],
      },
    });
    return thread;
  }

  /** All that it did since then, the longest first. @param url what the page's scripts begin with: there are other pages. */
  async tasks(url: string): Promise<Task[]> {
    const isWhole = new Promise((resolve) => this.#session.once('Tracing.tracingComplete', resolve));
    await this.#session.send('Tracing.end');
    await isWhole;
    const own = this.#events.find(
      ({ name, args }) => name === 'FunctionCall' && args.data?.url?.startsWith(url),
    );
    if (!own) throw new Error(`no script of ${url} ran`);
    return this.#events
      .filter(
        ({ name, ph, pid, tid }) => name === 'RunTask' && ph === 'X' && pid === own.pid && tid === own.tid,
      )
      .map(({ dur = 0, tdur = 0 }) => ({ took: dur / 1_000, worked: tdur / 1_000 }))
      .sort((a, b) => b.took - a.took);
  }
}
