import { KindGuard, type TSchema } from '@sinclair/typebox';
import { Elysia, ValidationError } from 'elysia';
import { openAiErrors } from '../agents/openai/error-form.ts';
import { ApplianceError, InvalidInput, NotFound } from '../errors.ts';
import type { Log } from '../log.ts';
import { writeRefusal } from '../storage/write-refusal.ts';
import { inputIssues } from '../tasks/input-issues.ts';
import { type AllowedMethods, createAllowedMethods, MethodNotAllowed } from './allowed-methods.ts';
import { queryIssues, type QuerySchemas } from './query-issues.ts';
import { requestIdOf } from './request-id.ts';
import { pathOf } from './request-target.ts';

/**
 * The one place that turns errors into responses: `{error, code, details?}`, or what the clients of a path read
 * instead. What isn't an `ApplianceError` becomes a fixed text, and the whole truth goes to the log.
 * @param querySchemas filled when all routes are there, as is what `methods` knows
 */
export function errorResponse(
  log: Log,
  querySchemas: QuerySchemas = new Map(),
  methods: AllowedMethods = createAllowedMethods(),
) {
  return new Elysia({ name: 'http.error-response' }).onError(
    { as: 'global' },
    ({ error, code, request, set, route, query }) => {
      const requestId = requestIdOf(request);
      const isRefused = error instanceof ValidationError && error.type !== 'response';
      const schema = isRefused ? querySchemas.get(`${request.method} ${route}`) : undefined;
      const issues = schema ? queryIssues(schema, query) : [];
      const known =
        issues.length > 0 ? new InvalidInput(issues) : asApplianceError(error, code, { request, methods });
      if (known.status >= 500) log.error('request failed', { requestId, url: pathOf(request), error: known });
      const response = toResponse(known, request);
      // The request log reads it here.
      set.status = response.status;
      return response;
    },
  );
}

/** The response for an error that arises outside a route. */
export function toResponse(error: ApplianceError, request: Request): Response {
  const form = openAiErrors.paths.test(pathOf(request)) ? openAiErrors : houseErrors;
  const { status, body, headers: more } = form.write(error);
  const headers: Record<string, string> = { 'x-request-id': requestIdOf(request), ...more };
  if (error.retryAfterSeconds !== undefined) headers['retry-after'] = String(error.retryAfterSeconds);
  if (error instanceof MethodNotAllowed) headers['allow'] = error.allowed.join(', ');
  if (status === 401) headers['www-authenticate'] = 'Bearer';
  // The rest of its body would be taken for the next request, if it ever came.
  if (status === 408) headers['connection'] = 'close';
  return Response.json(body, { status, headers });
}

const houseErrors = {
  write({ status, message, code, details }: ApplianceError) {
    return {
      status,
      body: { error: message, code, ...(details === undefined ? {} : { details }) },
      headers: {},
    };
  },
};

function asApplianceError(
  error: unknown,
  code: string | number,
  { request, methods }: { request: Request; methods: AllowedMethods },
): ApplianceError {
  if (error instanceof ApplianceError) return error;
  const refused = writeRefusal(error);
  if (refused) return refused;
  // Elysia wraps what its parsers throw.
  if (code === 'PARSE' && error instanceof Error && error.cause instanceof ApplianceError) return error.cause;
  if (error instanceof ValidationError) return describeValidation(error);
  if (code === 'NOT_FOUND') return nothingThere(request, methods);
  return new ApplianceError({
    code: 'internal_error',
    status: 500,
    message: 'Something went wrong on our side. The log has the details under the request id.',
    cause: error,
  });
}

function nothingThere(request: Request, methods: AllowedMethods): ApplianceError {
  const { method } = request;
  const path = pathOf(request);
  const allowed = methods.of(path);
  return allowed.length === 0 || allowed.includes(method)
    ? new NotFound(`${method} ${path}`)
    : new MethodNotAllowed({ method, path }, allowed);
}

/** A response that breaks its own schema is our mistake; a request that does is the client's. */
function describeValidation(error: ValidationError): ApplianceError {
  if (error.type === 'response') {
    return new ApplianceError({
      code: 'internal_error',
      status: 500,
      message: 'The response was malformed.',
      cause: error,
    });
  }
  return new InvalidInput(inputIssues(schemaOf(error.validator), error.value, ''));
}

/** Elysia hands over the bare schema, or a compiled check that carries it. */
function schemaOf(validator: ValidationError['validator']): TSchema {
  const schema: unknown = KindGuard.IsSchema(validator) ? validator : Reflect.get(validator, 'schema');
  if (!KindGuard.IsSchema(schema)) throw new Error('This validator has no TypeBox schema.');
  return schema;
}
