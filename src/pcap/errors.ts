/** A capture file that cannot be used. The message is one line for the person who named the file. */
export class CaptureError extends Error {
  override readonly name = 'CaptureError';
}

/** A longer record is a lie or damage: no memory is set aside for it. Bytes. */
export const MAX_RECORD_LENGTH = 16 * 1024 * 1024;
