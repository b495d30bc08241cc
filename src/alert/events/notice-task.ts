// What is to be done about a notice, how that went, and what can become of it in the end.
import type { Notice } from './notice.ts';
import type { NoticeStep, Position } from './notice-step.ts';

export interface NoticeTask extends Pick<Position, 'wish' | 'isMine' | 'isPatient' | 'isReworded'> {
  readonly notice: Notice;
  /** Of the object concerned; null: not known yet. */
  readonly uid: string | null;
  /** The warning was taken back, and what is left to write is that the problem is over, for this many times; else null. */
  readonly closing: number | null;
}

export type NoticeOutcome =
  | { readonly kind: 'stepped'; readonly uid: string; readonly step: NoticeStep }
  /** It was written that it is over. */
  | { readonly kind: 'resolved' }
  | { readonly kind: 'object-gone' }
  /** Another agent wrote at the same time. */
  | { readonly kind: 'conflict' }
  | {
      readonly kind: 'failed';
      readonly isForbidden: boolean;
      /** The answer to a write was lost: it may have been taken. */
      readonly maybeWritten: boolean;
    };

export const NOTICE_RESULTS = [
  /** A warning was written. */
  'raised',
  /** The problem is back: an earlier warning was counted on. */
  'repeated',
  /** Another agent had written the warning; this one is named in it too. */
  'joined',
  /** It is graver or lighter than before, or certain now: the warning says so. */
  'changed',
  /** It still stands: the warning was kept from expiring. */
  'refreshed',
  /** This agent sees it no more; others do. */
  'left',
  /** It was written that the problem is over. */
  'resolved',
  /** Other agents had told of it. */
  'told-by-others',
  /** The warning had expired before the problem was over. */
  'expired',
  /** The finding is about no object of the cluster. */
  'no-object',
  /** The object concerned is not there any more. */
  'object-gone',
  /** Over before it could be told, or too much to tell: then it is not told, or its end is not. */
  'dropped',
  /** RBAC does not allow it; tried again. */
  'forbidden',
  /** Not taken for another reason; tried again. */
  'failed',
] as const;
export type NoticeResult = (typeof NOTICE_RESULTS)[number];
