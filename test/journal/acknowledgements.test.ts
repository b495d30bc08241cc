import { describe, expect, it } from 'vitest';
import { HOUR, MINUTE } from '../../src/base/time.ts';
import { Journal } from '../../src/host/journal.ts';
import { SavedAcknowledgements } from '../../src/journal/acknowledgements.ts';
import type { Mac } from '../../src/net/address.ts';
import { acknowledgement } from '../acknowledge/acknowledgement.ts';
import { NOON } from '../serve/sample.ts';

function journal(maxAge = 1e15): Journal {
  return new Journal({ path: null, maxAge, maxSize: 1_000_000, now: NOON, warn: () => {} });
}

const [ONE, OTHER] = [
  acknowledgement('lease-on-vip_x', { macs: ['02:00:00:00:00:aa' as Mac] }),
  acknowledgement('silent-vip_y', { by: null, confirmed: false, service: 'traefik/traefik' }),
];

describe('acknowledgements in the journal', () => {
  it('come back, changed and taken back ones too', () => {
    const store = journal();
    const saved = new SavedAcknowledgements(store);
    saved.save([ONE, OTHER], NOON);
    expect(new SavedAcknowledgements(store).load()).toEqual([ONE, OTHER]);
    const longer = { ...ONE, until: '2026-03-02T12:00:00.000000Z' };
    saved.save([longer], NOON);
    saved.save([{ ...longer, service: 'payments/prod' }], NOON);
    expect(new SavedAcknowledgements(store).load()).toMatchObject([{ service: 'payments/prod' }]);
    saved.save([longer], NOON);
    const again = new SavedAcknowledgements(store);
    expect(again.load()).toEqual([longer]);
    again.save([], NOON);
    expect(store.rows('acknowledgement')).toEqual([]);
  });

  it('stay until their end, however soon the journal drops what is not renewed', () => {
    const store = journal(HOUR);
    new SavedAcknowledgements(store).save([ONE], NOON);
    for (const after of [8, 10]) store.flush(NOON + after * HOUR + MINUTE);
    expect(new SavedAcknowledgements(store).load()).toEqual([]);
    const other = journal(HOUR);
    new SavedAcknowledgements(other).save([ONE], NOON);
    for (const after of [7, 8]) other.flush(NOON + after * HOUR + MINUTE);
    expect(new SavedAcknowledgements(other).load()).toEqual([ONE]);
  });

  it.each([
    ['no JSON', '{'],
    ['another shape', JSON.stringify({ ...ONE, severity: 'grave' })],
    ['more than there is', JSON.stringify({ ...ONE, extra: true })],
    ['without an end', JSON.stringify({ ...ONE, until: 'tomorrow' })],
  ])('skips a row that is %s', (_what, json) => {
    const store = journal();
    new SavedAcknowledgements(store).save([OTHER], NOON);
    store.put([{ kind: 'acknowledgement', key: ONE.finding, at: NOON, json }], NOON);
    expect(new SavedAcknowledgements(store).load()).toEqual([OTHER]);
  });
});
