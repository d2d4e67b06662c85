import type { AnyElysia } from 'elysia';
import { settlesWithin } from '../runners/deadline.ts';

type Server = NonNullable<AnyElysia['server']>;

/**
 * Takes no more connections, lets requests under way have their answers, and hangs up on those that take longer
 * than `secondsMax`, as event streams do.
 */
export async function drain(servers: readonly Server[], secondsMax: number): Promise<void> {
  const drained = Promise.all(servers.map((server) => server.stop(false)));
  if (await settlesWithin(drained, secondsMax)) return;
  await Promise.all(servers.map((server) => server.stop(true)));
}
