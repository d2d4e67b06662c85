import { MediaRefused } from './media-refused.ts';
import type { Room } from './room.ts';
import type { StagingLimits } from './staging-limits.ts';

/** What the files of one request may take together, however many they are and wherever they come from. */
export interface RequestBounds extends Disposable {
  /** Fires when a bound is passed; its reason is what every file that isn't there yet is refused with. */
  signal: AbortSignal;
  /**
   * Counts bytes that are about to be written.
   * @throws MediaRefused `too_large` beyond `requestBytesMax`; DiskFull where they would fill the disk; or the
   *   signal's reason
   */
  take: (bytes: number) => Promise<void>;
}

/** The disk is looked at whenever so much has come. */
const lookEveryBytes = 4 * 1024 * 1024;

/** Begins to count and to measure the time. @param outer ends the request too, with its own reason */
export function createRequestBounds(options: {
  limits: Pick<StagingLimits, 'requestBytesMax' | 'requestSecondsMax'>;
  room: Room;
  outer: AbortSignal;
}): RequestBounds {
  const { room, outer } = options;
  const { requestBytesMax, requestSecondsMax } = options.limits;
  const controller = new AbortController();
  const { signal } = controller;
  const onOuter = () => controller.abort(outer.reason);
  if (outer.aborted) onOuter();
  else outer.addEventListener('abort', onOuter, { once: true });
  const timer = setTimeout(() => controller.abort(tookTooLong(requestSecondsMax)), requestSecondsMax * 1000);
  let total = 0;
  let unseen = lookEveryBytes;
  return {
    signal,
    async take(bytes) {
      total += bytes;
      if (total > requestBytesMax) controller.abort(tooManyBytes(requestBytesMax));
      signal.throwIfAborted();
      unseen += bytes;
      if (unseen < lookEveryBytes) return;
      unseen = 0;
      try {
        await room.assertFor(bytes);
      } catch (error) {
        controller.abort(error);
      }
      signal.throwIfAborted();
    },
    [Symbol.dispose]() {
      clearTimeout(timer);
      outer.removeEventListener('abort', onOuter);
    },
  };
}

function tooManyBytes(bytesMax: number): MediaRefused {
  const message = `The files of one request are larger than the ${bytesMax} bytes allowed together.`;
  return new MediaRefused('too_large', message);
}

function tookTooLong(seconds: number): MediaRefused {
  const message = `Taking in the files of this request took longer than ${seconds} seconds.`;
  return new MediaRefused('not_fetched', message);
}
