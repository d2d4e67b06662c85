import { createHash } from 'node:crypto';
import { createServer, type Server, type ServerResponse } from 'node:http';

export const hubCommit = 'c0ffee'.padEnd(40, '0');

export interface HubFile {
  path: string;
  content: Uint8Array;
  /** Kept outside of git, as large files are: known by their SHA-256 and served by another host. */
  isLarge: boolean;
}

export interface HubFaults {
  /** Connections to large files end after this many bytes. */
  cutAfterBytes?: number;
  /** Bytes a second of a large file. */
  bytesPerSecond?: number;
  /** The first so many answers of large files have one byte wrong. */
  damagedAnswers?: number;
  /** The first so many requests of large files are answered with 503. */
  busyAnswers?: number;
  /** Knows no ranges. */
  ignoresRanges?: boolean;
  /** Only this token opens the files. */
  token?: string;
}

export interface ModelHub extends AsyncDisposable {
  endpoint: string;
  /** Each request of a file's content: its path, what it asked for, and whether it brought a token. */
  readonly transfers: { path: string; range: string | null; hasToken: boolean }[];
}

/**
 * A hub with one repository, `owner/tiny`, whose revision `main` is {@link hubCommit}. It answers as Hugging Face does:
 * info, a tree in pages, and files that are served here (small) or sent on to another host (large). Its answers were
 * compared with what the hub's own client, huggingface_hub 2.4.0, reads.
 */
export function startModelHub(files: readonly HubFile[], faults: HubFaults = {}): ModelHub {
  const transfers: ModelHub['transfers'] = [];
  const counts = { damaged: faults.damagedAnswers ?? 0, busy: faults.busyAnswers ?? 0 };
  const note = ({ headers }: Request, path: string) =>
    void transfers.push({ path, range: headers.get('range'), hasToken: headers.has('authorization') });
  const store = createServer((request, response) => {
    const path = decodeURIComponent((request.url ?? '').slice(1));
    const file = files.find((candidate) => candidate.path === path);
    const range = request.headers.range ?? null;
    if (request.method === 'GET') {
      transfers.push({ path, range, hasToken: request.headers.authorization !== undefined });
    }
    if (!file) return void response.writeHead(404).end();
    if (counts.busy-- > 0) return void response.writeHead(503).end();
    const content = counts.damaged-- > 0 ? damaged(file.content) : file.content;
    void sendContent(response, { content, range, faults });
  });
  store.listen(0, '127.0.0.1');
  const hub = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    fetch(request) {
      const url = new URL(request.url);
      const [, page, path] = matchRoute(url.pathname);
      if (page === undefined) return refuse(404, 'RepoNotFound');
      if (page === 'revision') {
        return path === 'main' || path === hubCommit
          ? Response.json({ id: 'owner/tiny', sha: hubCommit, tags: [] })
          : refuse(404, 'RevisionNotFound');
      }
      if (page === 'tree') return treeResponse(url, files);
      if (faults.token !== undefined && request.headers.get('authorization') !== `Bearer ${faults.token}`) {
        return refuse(401, 'GatedRepo');
      }
      const file = files.find((candidate) => candidate.path === path);
      if (!file) return refuse(404, 'EntryNotFound');
      return file.isLarge
        ? sendOn(file, addressOf(store))
        : smallResponse(request, file, () => note(request, file.path));
    },
  });
  return {
    endpoint: hub.url.origin,
    transfers,
    async [Symbol.asyncDispose]() {
      store.closeAllConnections();
      store.close();
      await hub.stop(true);
    },
  };
}

/** `[whole, page, path]` of an address of `owner/tiny`, or nothing. */
function matchRoute(pathname: string): (string | undefined)[] {
  const api = /^\/api\/models\/owner\/tiny\/(revision|tree)\/([^/]+)$/.exec(pathname);
  if (api) return [...api];
  const file = /^\/owner\/tiny\/(resolve)\/[^/]+\/(.+)$/.exec(pathname);
  return file ? [file[0], file[1], decodeURIComponent(file[2] ?? '')] : [];
}

function refuse(status: number, code: string): Response {
  return new Response(code, { status, headers: { 'x-error-code': code, 'x-error-message': code } });
}

/** Two entries a page. */
function treeResponse(url: URL, files: readonly HubFile[]): Response {
  const begin = Number(url.searchParams.get('cursor') ?? 0);
  const next = new URL(url);
  next.searchParams.set('cursor', String(begin + 2));
  const entries = files.slice(begin, begin + 2).map(({ path, content, isLarge }) => {
    const oid = gitBlob(isLarge ? Buffer.from('a note that names the content') : content);
    const lfs = { oid: sha256(content), size: content.length, pointerSize: 134 };
    return { type: 'file', path, oid, size: content.length, ...(isLarge ? { lfs } : {}) };
  });
  const headers: Record<string, string> =
    begin + 2 < files.length ? { link: `<${next.href}>; rel="next"` } : {};
  return Response.json(entries, { headers });
}

function addressOf(server: Server): string {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server does not listen.');
  return `http://127.0.0.1:${address.port}/`;
}

function sendOn({ path, content }: HubFile, store: string): Response {
  const headers = {
    location: new URL(encodeURIComponent(path), store).href,
    'x-repo-commit': hubCommit,
    'x-linked-etag': `"${sha256(content)}"`,
    'x-linked-size': String(content.length),
  };
  return new Response(null, { status: 302, headers });
}

function smallResponse(request: Request, { content }: HubFile, note: () => void): Response {
  if (request.method !== 'HEAD') note();
  const headers = { 'x-repo-commit': hubCommit, etag: `"${gitBlob(content)}"` };
  return new Response(content.slice(), { headers });
}

const pieceBytes = 4096;

/** From where `range` begins, in small pieces; a connection that is to be cut is cut. */
async function sendContent(
  response: ServerResponse,
  { content, range, faults }: { content: Uint8Array; range: string | null; faults: HubFaults },
): Promise<void> {
  const { cutAfterBytes = content.length, bytesPerSecond, ignoresRanges = false } = faults;
  const asked = ignoresRanges ? null : /^bytes=(\d+)-/.exec(range ?? '');
  const begin = Number(asked?.[1] ?? 0);
  const end = Math.min(content.length, begin + cutAfterBytes);
  response.writeHead(asked ? 206 : 200, {
    'content-length': content.length - begin,
    ...(asked ? { 'content-range': `bytes ${begin}-${content.length - 1}/${content.length}` } : {}),
  });
  for (let sent = begin; sent < end && !response.destroyed; sent += pieceBytes) {
    if (bytesPerSecond !== undefined) await Bun.sleep((pieceBytes / bytesPerSecond) * 1000);
    const piece = content.slice(sent, Math.min(end, sent + pieceBytes));
    await new Promise<void>((resolve) => response.write(piece, () => resolve()));
  }
  if (end === content.length) response.end();
  else response.destroy();
}

function damaged(content: Uint8Array): Uint8Array {
  const copy = content.slice();
  copy[copy.length >> 1] = (copy[copy.length >> 1] ?? 0) ^ 1;
  return copy;
}

function sha256(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/** The name that git gives a content. */
function gitBlob(content: Uint8Array): string {
  return createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');
}
