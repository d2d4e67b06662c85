import { TooManyRequests } from '../../errors.ts';

/** Bounds how much of the disk the unfinished uploads of one account take. */
export interface UploadPlaces {
  /** Held until it is disposed of. @throws TooManyRequests `too_many_uploads` */
  take(accountId: string): Disposable;
}

const retryAfterSeconds = 5;

export function createUploadPlaces(perAccountMax: number): UploadPlaces {
  const taken = new Map<string, number>();
  return {
    take(accountId) {
      const before = taken.get(accountId) ?? 0;
      if (before >= perAccountMax) {
        const message = `An account may have ${perAccountMax} uploads under way.`;
        throw new TooManyRequests(message, retryAfterSeconds, 'too_many_uploads');
      }
      taken.set(accountId, before + 1);
      return {
        [Symbol.dispose]() {
          const left = (taken.get(accountId) ?? 1) - 1;
          if (left === 0) taken.delete(accountId);
          else taken.set(accountId, left);
        },
      };
    },
  };
}
