import type { Clock } from '../../clock.ts';
import { createAttemptLimit } from '../attempt-limit.ts';

/**
 * How often links are made, looked up and polled. Of 1,000 open links, 2,000 guesses in ten minutes find one with a
 * chance of 1 in 12,000; and whoever does has found no key, only a device to approve (RFC 8628, 5.1).
 */
export interface LinkLimits {
  /** @throws TooManyRequests */
  takeStart(client: string): void;
  /** Whoever looks a user code up, by client or account. @throws TooManyRequests */
  takeLookUp(who: string): void;
  /** @throws TooManyRequests */
  takePoll(client: string): void;
}

/** @param clock only goes on, however the time of day is set */
export function createLinkLimits(clock: Clock): LinkLimits {
  const minutes = (count: number) => count * 60;
  const limit = (max: number, windowSeconds: number, message: string) =>
    createAttemptLimit({ clock, max, windowSeconds, message });
  const tooMany = 'Too many device links were asked for';
  const startsOfOne = limit(20, minutes(60), `${tooMany} from your network; try again later.`);
  const startsOfAll = limit(1000, minutes(60), `${tooMany} here; try again later.`);
  const lookUpsOfOne = limit(30, minutes(10), 'Too many device codes were tried by you; wait a while.');
  const lookUpsOfAll = limit(2000, minutes(10), 'Too many device codes were tried here; wait a while.');
  const polls = limit(240, minutes(1), 'Too many polls from your network; wait a little.');
  return {
    takeStart(client) {
      startsOfOne.take(client);
      startsOfAll.take('');
    },
    takeLookUp(who) {
      lookUpsOfOne.take(who);
      lookUpsOfAll.take('');
    },
    takePoll: (client) => polls.take(client),
  };
}
