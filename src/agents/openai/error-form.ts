import type { ApplianceError } from '../../errors.ts';

/** How OpenAI's clients read errors: they make a typed error of the status, and show the rest. */
export const openAiErrors = {
  paths: /^\/v1(\/|$)/,
  write(error: ApplianceError) {
    const status = error.status === 422 ? 400 : error.status;
    const message = error.message.replace(/^\//, '');
    return {
      status,
      body: {
        error: { message, type: typeOf(status), param: paramOf(error), code: codeOf(error) },
      },
      headers: mayRepeat(error) ? {} : { 'x-should-retry': 'false' },
    };
  },
};

/** Of our codes, those that OpenAI has another word for. */
const codes: Record<string, string> = {
  unauthorized: 'invalid_api_key',
  insufficient_balance: 'insufficient_quota',
  rate_limited: 'rate_limit_exceeded',
};

function codeOf({ code }: ApplianceError): string {
  return codes[code] ?? code;
}

function typeOf(status: number): string {
  if (status === 402) return 'insufficient_quota';
  if (status === 429) return 'requests';
  return status >= 500 ? 'server_error' : 'invalid_request_error';
}

/** The field of the first issue: `/image/0` is `image[0]`. */
function paramOf({ details }: ApplianceError): string | null {
  const issues: unknown = details?.['issues'];
  const first: unknown = Array.isArray(issues) ? issues[0] : undefined;
  if (typeof first !== 'object' || first === null || !('path' in first)) return null;
  const [, field, ...inner] = String(first.path).split('/');
  if (field === undefined || field === '') return null;
  return field + inner.map((name) => (/^\d+$/.test(name) ? `[${name}]` : `.${name}`)).join('');
}

/** Clients repeat 408, 409, 429 and 5xx by themselves: what would cost again, or fail again, they are told not to. */
function mayRepeat({ status, retryAfterSeconds }: ApplianceError): boolean {
  return retryAfterSeconds !== undefined || status === 408 || (status < 500 && status !== 409);
}
