import { type AnyElysia, Elysia } from 'elysia';
import type { Clock } from '../clock.ts';
import { ServiceUnavailable } from '../errors.ts';
import type { Log } from '../log.ts';
import { createSpare, type Descriptors, descriptorsOfProcess } from './descriptors.ts';
import { toResponse } from './error-response.ts';
import { listen } from './listen.ts';
import { pathOf } from './request-target.ts';

/** Keeps connections from taking the descriptors that files and runners need. */
export interface ConnectionRoom {
  /** What is wrong, for the operator; null while there is room. */
  problem: () => string | null;
  /** While there is little room, answers everything but the health with 503, and hangs up. */
  refuseMore: () => ReturnType<typeof refuseWhile>;
  /** Begins to look after `app`; does nothing where it doesn't listen. */
  watch(app: AnyElysia): void;
  /** Looks no more. @returns the servers that may have connections: the one that listens, and those that did */
  end(app: AnyElysia): readonly Server[];
}

type Server = NonNullable<AnyElysia['server']>;

/** Free descriptors below which requests are refused; half as many, and nobody listens. */
const freeMin = { part: 1 / 8, most: 128 };
/** Many connections may come between two looks; a look takes some microseconds. */
const lookMs = 100;
const logPauseMs = 60_000;
const retrySeconds = 10;

/**
 * Bun can't be told to accept less: where no descriptor is left it tries again and again, at full load, and no file
 * can be opened. So, when they run short, connections that wait for their next request are closed and requests are
 * refused. Where that is too slow, nobody listens until there is room again, and the spare descriptors that were held
 * until then are for files and runners. Bun itself hangs up after ten seconds on whoever connected and asked nothing.
 */
export function createConnectionRoom(options: {
  clock: Clock;
  log: Log;
  descriptors?: Descriptors | null;
}): ConnectionRoom {
  const { clock, log, descriptors = descriptorsOfProcess() } = options;
  const shut = new Set<Server>();
  const spare = createSpare();
  let isShort = false;
  let loggedAt = -Infinity;
  let looking: ReturnType<typeof setInterval> | undefined;

  const tell = ({ max, used }: Descriptors) => {
    if (clock() - loggedAt < logPauseMs) return;
    loggedAt = clock();
    log.warn('too many connections: more are refused', { descriptors: used(), max });
  };
  const shutDown = (server: Server) => {
    shut.add(server);
    void server.stop(false).then(() => shut.delete(server));
  };
  const watch = (app: AnyElysia, server: Server, { max, used }: Descriptors) => {
    const address = { host: server.hostname ?? '', port: server.port ?? 0 };
    const enough = Math.min(max * freeMin.part, freeMin.most);
    let open: Server | null = server;
    spare.hold(enough);
    return () => {
      if (max - used() < enough) open?.closeIdleConnections();
      isShort = max - used() < enough;
      if (isShort) tell({ max, used });
      if (open && max - used() < enough / 2) {
        shutDown(open);
        open = null;
        spare.release();
      } else if (!open && max - used() >= 2 * enough) {
        open = listenAgain(app, address, log);
        if (open) spare.hold(enough);
      }
    };
  };
  return {
    problem: () => (isShort ? 'Too many connections are open: requests are refused.' : null),
    refuseMore: () => refuseWhile(() => isShort),
    watch(app) {
      if (app.server && descriptors) looking = setInterval(watch(app, app.server, descriptors), lookMs);
    },
    end({ server }) {
      clearInterval(looking);
      spare.release();
      return [...(server ? [server] : []), ...shut];
    },
  };
}

function refuseWhile(isShort: () => boolean) {
  return new Elysia({ name: 'http.connection-room' }).onRequest(({ request }) => {
    if (isShort() && pathOf(request) !== '/api/v1/health') return refusal(request);
  });
}

function refusal(request: Request): Response {
  const message = 'Too many connections are open; come again a little later.';
  const error = new ServiceUnavailable(message, 'too_many_connections', retrySeconds);
  const response = toResponse(error, request);
  response.headers.set('connection', 'close');
  return response;
}

/** Null where it can't, as when another program took the port meanwhile: the next look tries again. */
function listenAgain(app: AnyElysia, address: { host: string; port: number }, log: Log): Server | null {
  try {
    listen(app, address);
    return app.server;
  } catch (error) {
    log.debug('not listening yet', { error });
    return null;
  }
}
