import { GuardedFetchError } from './guarded-fetch-error.ts';

export interface Deadline extends Disposable {
  signal: AbortSignal;
}

/**
 * A signal that fires after `seconds` (reason: `timeout`) or with `outer` (reason: `canceled`).
 * Disposing it stops its timer.
 */
export function deadline(seconds: number, outer?: AbortSignal): Deadline {
  const controller = new AbortController();
  const timeout = new GuardedFetchError('timeout', `Fetching the URL took longer than ${seconds} seconds.`);
  const timer = setTimeout(() => controller.abort(timeout), seconds * 1000);
  const onOuter = () =>
    controller.abort(new GuardedFetchError('canceled', 'Fetching was canceled.', { cause: outer?.reason }));
  if (outer?.aborted) onOuter();
  else outer?.addEventListener('abort', onOuter, { once: true });
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      clearTimeout(timer);
      outer?.removeEventListener('abort', onOuter);
    },
  };
}
