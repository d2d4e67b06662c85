import { ApplianceError } from '../errors.ts';

/** 410: the file was there once; clean-up has taken it. */
export class FileGone extends ApplianceError {
  constructor() {
    super({ code: 'file_gone', status: 410, message: 'The file has expired and was deleted.' });
  }
}

export interface ServedFile {
  mimeType: string;
  /** The name a browser saves it under. */
  filename: string;
  /** The strong `ETag`. */
  sha256: string;
  /** Epoch milliseconds. */
  lastModified: number;
}

/**
 * Answers GET and HEAD for a file on disk: one byte range, `If-Range`, `If-None-Match`, `If-Modified-Since`,
 * and headers that keep a browser from ever running what it is given. The body is a slice of the file that
 * Bun sends without copying it through the program.
 * @throws FileGone when there is no file at `path`
 */
export async function serveFile(request: Request, path: string, served: ServedFile): Promise<Response> {
  const file = Bun.file(path);
  if (!(await file.exists())) throw new FileGone();
  const headers = new Headers(baseHeaders(served));
  if (isUnchanged(request, served)) return new Response(null, { status: 304, headers });
  const size = file.size;
  const range = request.method === 'GET' ? requestedRange(request, served, size) : 'whole';
  if (range === 'unsatisfiable') {
    headers.set('content-range', `bytes */${size}`);
    headers.delete('content-type');
    headers.delete('content-disposition');
    return new Response(null, { status: 416, headers });
  }
  if (range !== 'whole') {
    headers.set('content-range', `bytes ${range.start}-${range.end}/${size}`);
    return new Response(file.slice(range.start, range.end + 1), { status: 206, headers });
  }
  headers.set('content-length', String(size));
  if (request.method === 'HEAD') return new Response(null, { headers });
  // Bun would answer a Range itself here; what reaches this line with one (stale, malformed, several) it leaves whole.
  return new Response(file, { headers });
}

function baseHeaders(served: ServedFile): Record<string, string> {
  return {
    'content-type': served.mimeType,
    'content-disposition': contentDisposition(served),
    etag: etagOf(served),
    'last-modified': new Date(served.lastModified).toUTCString(),
    'accept-ranges': 'bytes',
    'cache-control': 'private, max-age=3600',
    'x-content-type-options': 'nosniff',
    'content-security-policy': "sandbox; default-src 'none'",
    'cross-origin-resource-policy': 'cross-origin',
    'access-control-allow-origin': '*',
    'access-control-expose-headers':
      'Accept-Ranges, Content-Disposition, Content-Length, Content-Range, ETag',
    'referrer-policy': 'no-referrer',
  };
}

function etagOf(served: ServedFile): string {
  return `"${served.sha256}"`;
}

/** RFC 6266 with the extended name of RFC 5987 (here 8187). SVG is a document, so it is never shown in place. */
function contentDisposition({ mimeType, filename }: ServedFile): string {
  const isInline = /^(image|audio|video)\//.test(mimeType) && !mimeType.startsWith('image/svg');
  const ascii = filename.replace(/[^\x20-\x7e]|["\\%]/g, '_');
  const extended = encodeURIComponent(filename).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `${isInline ? 'inline' : 'attachment'}; filename="${ascii}"; filename*=UTF-8''${extended}`;
}

/** RFC 9110 section 13.2.2: `If-None-Match` decides alone where it is given; its comparison is weak. */
function isUnchanged(request: Request, served: ServedFile): boolean {
  const noneMatch = request.headers.get('if-none-match');
  if (noneMatch !== null) {
    const tags = noneMatch.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
    return tags.includes('*') || tags.includes(etagOf(served));
  }
  const since = Date.parse(request.headers.get('if-modified-since') ?? '');
  return !Number.isNaN(since) && wholeSeconds(served.lastModified) <= since;
}

type Range = { start: number; end: number };

/** RFC 9110 section 14.2. What is malformed, stale or asks for several ranges gets the whole file. */
function requestedRange(
  request: Request,
  served: ServedFile,
  size: number,
): Range | 'whole' | 'unsatisfiable' {
  const header = request.headers.get('range');
  if (header === null || !isRangeFresh(request, served)) return 'whole';
  const match = /^bytes=\s*(\d*)\s*-\s*(\d*)\s*$/i.exec(header);
  const [, first = '', last = ''] = match ?? [];
  if (!match || (first === '' && last === '')) return 'whole';
  if (first === '') {
    const suffix = Number(last);
    if (suffix === 0 || size === 0) return 'unsatisfiable';
    return { start: Math.max(0, size - suffix), end: size - 1 };
  }
  const start = Number(first);
  if (last !== '' && Number(last) < start) return 'whole';
  if (start >= size) return 'unsatisfiable';
  return { start, end: last === '' ? size - 1 : Math.min(Number(last), size - 1) };
}

/** `If-Range` wants a strong match; a date counts only when it is exactly ours. */
function isRangeFresh(request: Request, served: ServedFile): boolean {
  const condition = request.headers.get('if-range');
  if (condition === null) return true;
  if (condition.startsWith('"') || condition.startsWith('W/')) return condition === etagOf(served);
  return Date.parse(condition) === wholeSeconds(served.lastModified);
}

function wholeSeconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1000) * 1000;
}
