import { readFile } from 'node:fs/promises';
import type { ImageContent } from '@modelcontextprotocol/server';
import type { JobView } from '../../jobs/job-view.ts';
import { outputPath } from '../../storage/folders.ts';
import { FileGone } from '../../storage/serve.ts';

/** Larger files are told by their link alone: base64 and JSON take some four times a file's size of memory. */
export const blobBytesMax = 8 * 1024 * 1024;
/** A picture costs a model as much as a page of text. */
const inlineBytesMax = 1024 * 1024;

type Files = { filesRoot: string };
type Output = JobView['outputs'][number];

/** The bytes of one output. @throws FileGone it was deleted meanwhile */
export async function readOutput({ filesRoot }: Files, jobId: string, output: Output): Promise<Buffer> {
  try {
    return await readFile(outputPath(filesRoot, jobId, output.filename));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') throw new FileGone();
    throw error;
  }
}

/** A job's pictures that are small enough to be sent in an answer. @throws FileGone */
export function inlineImages(files: Files, { jobId, outputs }: JobView): Promise<ImageContent[]> {
  const small = outputs.filter(
    ({ mimeType, bytes }) => mimeType.startsWith('image/') && bytes <= inlineBytesMax,
  );
  return Promise.all(
    small.map(async (output) => ({
      type: 'image' as const,
      mimeType: output.mimeType,
      data: (await readOutput(files, jobId, output)).toString('base64'),
    })),
  );
}
