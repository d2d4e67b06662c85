import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { Busboy } from '@fastify/busboy';
import { ApplianceError, Malformed, PayloadTooLarge } from '../errors.ts';
import type { UploadFolder } from '../storage/uploads.ts';
import { nextChunk, type ReceiveOptions, stopReading, tooManyBodies, waitMs } from './receive-text.ts';

/** A form's parts in the order they came; files are on disk already. */
export interface ReceivedForm {
  fields: { name: string; text: string }[];
  /** `url` stands for the file in an input; see `Uploads`. `filename` is what the client calls it. */
  files: { name: string; filename: string; url: string }[];
}

/** A job has at most 64 files; a field is a few words or the JSON of an input without its files. */
const limits = {
  files: 64,
  fields: 16,
  parts: 80,
  fieldNameSize: 100,
  fieldSize: 1024 * 1024,
  headerPairs: 20,
};

/**
 * Reads a `multipart/form-data` body as it comes. Files go to `folder` piece by piece, and none is held whole.
 * @throws Malformed no form, or one that ends early or has too many or too large parts; PayloadTooLarge,
 *   BodyTooSlow, ServiceUnavailable `too_many_bodies`; what `folder` throws
 */
export async function receiveForm(
  request: Request,
  folder: UploadFolder,
  options: ReceiveOptions,
): Promise<ReceivedForm> {
  const form: ReceivedForm = { fields: [], files: [] };
  const { promise: failed, reject: fail } = Promise.withResolvers<never>();
  // It may fail when nobody waits for it yet.
  failed.catch(() => {});
  const writing: Promise<void>[] = [];
  const streams: Readable[] = [];
  const parser = openParser(request);
  parser.on('field', (name, text, isNameCut, isTextCut) => {
    if (isNameCut || isTextCut) fail(new Malformed('A field of the form is too large.', 'malformed_form'));
    else form.fields.push({ name, text });
  });
  parser.on('file', (name, stream, filename) => {
    const file = { name, filename, url: '' };
    stream.on('error', fail);
    streams.push(stream);
    form.files.push(file);
    const written = folder.receive(stream).then((url) => {
      file.url = url;
    });
    written.catch(fail);
    writing.push(written);
  });
  for (const event of ['partsLimit', 'filesLimit', 'fieldsLimit'] as const) {
    parser.on(event, () => fail(new Malformed('The form has too many parts.', 'malformed_form')));
  }
  parser.on('error', fail);
  const finished = once(parser, 'finish');
  // The parser's own errors end the form through `fail`.
  finished.catch(() => {});
  try {
    await feed(request, parser, { ...options, failed });
    await Promise.race([finished, failed]);
    await Promise.race([Promise.all(writing), failed]);
    return form;
  } catch (cause) {
    parser.destroy();
    // A file whose end will not come; nobody else tells it.
    for (const stream of streams) stream.destroy(new Error('The form broke off.', { cause }));
    await Promise.allSettled(writing);
    throw cause instanceof ApplianceError || isSystemError(cause) ? cause : malformed(cause);
  }
}

type Parser = InstanceType<typeof Busboy>;

function openParser({ headers }: Request): Parser {
  try {
    return new Busboy({
      headers: { 'content-type': headers.get('content-type') ?? '' },
      isPartAFile: (_name, _type, filename) => filename !== undefined,
      limits,
    });
  } catch (cause) {
    throw malformed(cause);
  }
}

async function feed(
  request: Request,
  parser: Parser,
  options: ReceiveOptions & { failed: Promise<never> },
): Promise<void> {
  const reader = request.body?.getReader();
  if (!reader) return void parser.end();
  const share = options.budget.open(request);
  // Bun takes from the network what comes, however slowly it is read here.
  const bytesTold = Number(request.headers.get('content-length') ?? options.bytesMax);
  const startedAt = performance.now();
  let bytes = 0;
  try {
    if (!share.take(bytesTold)) throw tooManyBodies();
    for (;;) {
      const chunk = await Promise.race([
        nextChunk(reader, waitMs(startedAt, bytes, options)),
        options.failed,
      ]);
      if (chunk === undefined) return void parser.end();
      bytes += chunk.byteLength;
      if (bytes > options.bytesMax) throw new PayloadTooLarge(options.bytesMax);
      if (!parser.write(chunk)) await Promise.race([once(parser, 'drain'), options.failed]);
    }
  } catch (error) {
    stopReading(reader);
    throw error;
  } finally {
    share.close();
  }
}

function malformed(cause: unknown): Malformed {
  return new Malformed('The body is not a whole form as multipart/form-data.', 'malformed_form', cause);
}

/** Of the disk, which is nothing that a client could mend. */
function isSystemError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error;
}
