import { extname, join } from 'node:path';
import { type Client, type JobView, RequestFailed } from './client.ts';
import type { SavedFile } from './job-progress.ts';

/**
 * Downloads a job's outputs as `<fileStem>.<ext>`, further ones as `<fileStem>-<their own name>`, and checks each
 * against the length and SHA-256 that the job tells.
 * @throws RequestFailed
 */
export async function saveOutputs(
  outputs: JobView['outputs'],
  { client, folder, fileStem }: { client: Client; folder: string; fileStem: string },
): Promise<SavedFile[]> {
  if (outputs.length === 0) throw new RequestFailed('The job succeeded without an output.');
  const save = async (output: JobView['outputs'][number], index: number): Promise<SavedFile> => {
    const bytes = await client.download(output.url);
    const sha256 = new Bun.CryptoHasher('sha256').update(bytes).digest('hex');
    if (bytes.length !== output.bytes || sha256 !== output.sha256) {
      throw new RequestFailed(`${output.filename} has ${bytes.length} bytes that aren't those of the job.`);
    }
    const name = `${fileStem}${index === 0 ? extname(output.filename) : `-${output.filename}`}`;
    await Bun.write(join(folder, name), bytes);
    return { name, bytes: bytes.length };
  };
  return Promise.all(outputs.map(save));
}
