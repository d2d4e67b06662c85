import { Elysia, t } from 'elysia';
import type { Clock } from '../clock.ts';
import { Forbidden, NotFound } from '../errors.ts';
import type { JobStore } from '../jobs/store.ts';
import { outputPath } from '../storage/folders.ts';
import { FileGone, serveFile } from '../storage/serve.ts';
import type { FindKept } from '../storage/own-files.ts';
import type { UrlSigner } from '../storage/signed-url.ts';

const params = t.Object({ jobId: t.String(), filename: t.String() });
const path = '/files/:jobId/:filename';
const query = t.Object({ exp: t.Optional(t.String()), sig: t.Optional(t.String()) });

interface FileRequest {
  request: Request;
  params: typeof params.static;
  query: typeof query.static;
}

const bytes = { content: { '*/*': { schema: {} } } };
const responses = {
  200: { description: 'The whole file', ...bytes },
  206: { description: 'The range that was asked for', ...bytes },
  304: { description: 'The client has it already' },
  416: { description: 'The range begins after the end of the file' },
};

/** `/files/<id>/<name>?exp=&sig=`: outputs of jobs and files that are kept, by signed URL and without a key. */
export function fileRoutes(options: {
  store: JobStore;
  urls: UrlSigner;
  clock: Clock;
  filesRoot: string;
  findKept: FindKept;
}) {
  const serve = async (asked: FileRequest) => {
    const { request, params: file } = asked;
    const { exp = null, sig = null } = asked.query;
    const verdict = options.urls.verify({ ...file, exp, sig }, options.clock());
    if (verdict === 'invalid') throw new Forbidden('This URL is not signed by this server.');
    if (verdict === 'expired') throw new FileGone();
    const kept = options.findKept(file);
    if (kept) return serveFile(request, kept.path, kept);
    const job = options.store.find(file.jobId);
    const output = job?.outputs?.find(({ filename }) => filename === file.filename);
    if (!job || !output) throw new NotFound('The file');
    if (job.filesRemovedAt !== null) throw new FileGone();
    const onDisk = outputPath(options.filesRoot, job.id, output.filename);
    const { mimeType, filename, sha256 } = output;
    return serveFile(request, onDisk, { mimeType, filename, sha256, lastModified: job.finishedAt ?? 0 });
  };
  return new Elysia({ name: 'http.files', tags: ['Files'] })
    .get(path, serve, {
      ...{ params, query },
      detail: { summary: 'Download an output or an asset; supports Range, ETag and HEAD', responses },
    })
    .head(path, serve, { params, query, detail: { hide: true } });
}
