import { createReadStream } from 'node:fs';
import { outputPath } from '../../../storage/folders.ts';
import type { JobView } from '../../../jobs/job-view.ts';
import { type EndedJobs, jobHeaders } from '../run-jobs.ts';

/** What is told beside the pictures. */
interface Told {
  created: number;
  output_format: string;
  quality: string;
  background: 'opaque';
  size?: string;
  errors?: { job: string; code: string; message: string }[];
}

/** @param told.created epoch milliseconds */
export function imagesAnswer(
  ended: EndedJobs,
  told: { created: number; format: string; isFine: boolean; asUrl: boolean; filesRoot: string },
): Response {
  const { asUrl, filesRoot, format } = told;
  const outputs = ended.done.flatMap(({ jobId, outputs: files }) =>
    files.map((file) => ({ jobId, ...file })),
  );
  const [first] = outputs;
  const sizes = first?.width && first.height ? { size: `${first.width}x${first.height}` } : {};
  const answer: Told = {
    created: Math.floor(told.created / 1000),
    output_format: format,
    quality: told.isFine ? 'high' : 'medium',
    background: 'opaque',
    ...sizes,
    ...(ended.failed.length > 0 ? { errors: ended.failed.map(whyNot) } : {}),
  };
  const headers = jobHeaders(ended);
  if (asUrl) return Response.json({ ...answer, data: outputs.map(({ url }) => ({ url })) }, { headers });
  const paths = outputs.map(({ jobId, filename }) => outputPath(filesRoot, jobId, filename));
  return new Response(inBase64(answer, paths), {
    headers: { ...headers, 'content-type': 'application/json' },
  });
}

function whyNot({ jobId, status, error }: JobView) {
  return { job: jobId, code: error?.code ?? status, message: error?.message ?? `The job was ${status}.` };
}

/** The answer piece by piece: ten large pictures as one text would be half a gigabyte. */
async function* inBase64(answer: Told, paths: readonly string[]): AsyncGenerator<Uint8Array> {
  yield Buffer.from(`${JSON.stringify(answer).slice(0, -1)},"data":[`);
  for (const [index, path] of paths.entries()) {
    yield Buffer.from(`${index === 0 ? '' : ','}{"b64_json":"`);
    let rest: Uint8Array = new Uint8Array(0);
    for await (const chunk of createReadStream(path)) {
      const bytes = Buffer.concat([rest, chunk as Uint8Array]);
      // Three bytes are four letters: only at the end may some be missing.
      const whole = bytes.byteLength - (bytes.byteLength % 3);
      yield Buffer.from(bytes.subarray(0, whole).toString('base64'));
      rest = bytes.subarray(whole);
    }
    yield Buffer.from(`${Buffer.from(rest).toString('base64')}"}`);
  }
  yield Buffer.from(']}');
}
