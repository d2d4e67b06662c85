import { ApplianceError, Malformed, PayloadTooLarge } from '../errors.ts';
import { NotJson } from './json-body.ts';
import { receiveForm } from './receive-form.ts';
import {
  asApplianceError,
  nextChunk,
  type ReceiveOptions,
  stopReading,
  tooManyBodies,
  waitMs,
} from './receive-text.ts';

/** What of an upload is in memory at one time: pieces that came while the one before was written. */
const bytesHeld = 1024 * 1024;

/** Hands the one file of a request to `take`, piece by piece. @returns what a form calls the file; null where none does */
export type ReceiveUpload = (
  request: Request,
  take: (chunks: AsyncIterable<Uint8Array>) => Promise<void>,
) => Promise<string | null>;

/**
 * Receives files of any length: what is taken too slowly is not read from the network. A form is held to the length of
 * all other bodies, `bytesMax`.
 * @throws what `take` throws; BodyTooSlow, PayloadTooLarge, ServiceUnavailable `too_many_bodies`, Malformed, NotJson
 */
export function createUploadReceiver(options: ReceiveOptions): ReceiveUpload {
  return async (request, take) => {
    const { headers } = request;
    if (/^\s*multipart\/form-data\b/i.test(headers.get('content-type') ?? '')) {
      return receiveFromForm(request, take, options);
    }
    const encoding = headers.get('content-encoding') ?? 'identity';
    if (encoding !== 'identity') throw new NotJson(`compressed (${encoding})`);
    await take(piecesOf(request, options));
    return null;
  };
}

async function receiveFromForm(
  request: Request,
  take: (chunks: AsyncIterable<Uint8Array>) => Promise<void>,
  options: ReceiveOptions,
): Promise<string> {
  const length = Number(request.headers.get('content-length') ?? 0);
  if (length > options.bytesMax) throw new PayloadTooLarge(options.bytesMax);
  let isTaken = false;
  let refusal: ApplianceError | undefined;
  const folder = {
    async receive(chunks: AsyncIterable<Uint8Array>) {
      try {
        if (isTaken) throw oneFile();
        isTaken = true;
        await take(chunks);
        return '';
      } catch (error) {
        if (error instanceof ApplianceError) refusal ??= error;
        throw error;
      }
    },
    discard: () => Promise.resolve(),
  };
  const { files } = await receiveForm(request, folder, options).catch((error: unknown) => {
    // A file that is not read on breaks the form off, too; why it was not is what the client must know.
    throw refusal ?? error;
  });
  const [file] = files;
  if (!file) throw oneFile();
  return file.filename;
}

function oneFile(): Malformed {
  return new Malformed('The form has one file, and no other.', 'malformed_form');
}

async function* piecesOf(request: Request, options: ReceiveOptions): AsyncGenerator<Uint8Array> {
  const reader = request.body?.getReader();
  if (!reader) return;
  const share = options.budget.open(request);
  const bytesTold = Number(request.headers.get('content-length') ?? Number.POSITIVE_INFINITY);
  const startedAt = performance.now();
  let bytes = 0;
  let isWhole = false;
  try {
    if (!share.take(Math.min(bytesTold, bytesHeld))) throw tooManyBodies();
    for (;;) {
      const chunk = await nextChunk(reader, waitMs(startedAt, bytes, options));
      if (chunk === undefined) break;
      bytes += chunk.byteLength;
      yield chunk;
    }
    isWhole = true;
  } catch (cause) {
    throw asApplianceError(cause);
  } finally {
    share.close();
    if (!isWhole) stopReading(reader);
  }
}
