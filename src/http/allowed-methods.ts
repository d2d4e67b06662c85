import type { AnyElysia } from 'elysia';
import { ApplianceError } from '../errors.ts';

/** 405: there is something at this path, by other methods. Told in `Allow` too (RFC 9110, 15.5.6). */
export class MethodNotAllowed extends ApplianceError {
  constructor(
    request: { method: string; path: string },
    readonly allowed: readonly string[],
  ) {
    super({
      code: 'method_not_allowed',
      status: 405,
      message: `${request.path} takes ${allowed.join(', ')}, and not ${request.method}.`,
      details: { allowed },
    });
  }
}

/** The methods that a path takes; none where there is nothing. */
export interface AllowedMethods {
  of(path: string): readonly string[];
  /** Called when all routes are there. */
  read(app: AnyElysia): void;
}

/** Only what no route has taken is looked up here: the router itself knows one method at a time. */
export function createAllowedMethods(): AllowedMethods {
  let find = (_path: string): readonly string[] => [];
  return {
    of: (path) => find(path),
    read({ routes }) {
      const byPattern = Map.groupBy(routes, ({ path }) => path);
      const patterns = [...byPattern].map(([path, those]) => ({
        pattern: new RegExp(`^${path.replaceAll(/[.+()]/g, '\\$&').replaceAll(/:\w+/g, '[^/]+')}/?$`),
        methods: withHead(those.map(({ method }) => method)),
      }));
      find = (path) => patterns.find(({ pattern }) => pattern.test(path))?.methods ?? [];
    },
  };
}

/** Whatever can be read can be asked for its headers alone. */
function withHead(methods: readonly string[]): string[] {
  return [...new Set(methods.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])))];
}
