import type { AnyElysia } from 'elysia';
import { settlesWithin } from '../runners/deadline.ts';

/**
 * Takes no more connections, lets requests under way have their answers, and hangs up on those that take longer
 * than `secondsMax`, as event streams do. Does nothing where `app` doesn't listen.
 */
export async function drain(app: AnyElysia, secondsMax: number): Promise<void> {
  const { server } = app;
  if (!server) return;
  if (!(await settlesWithin(server.stop(false), secondsMax))) await server.stop(true);
}
