import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';

/**
 * What must not be on the disk of an appliance with which nothing goes on, or is missing there: a sentence for
 * each kind, none when all is well.
 */
export function findLeftovers(dataFolder: string): string[] {
  const jobsFolder = join(dataFolder, 'files/jobs');
  const stored = readOutputs(dataFolder);
  const folders = namesIn(jobsFolder);
  const lost = [...stored].flatMap(([jobId, outputs]) =>
    outputs.filter(({ filename, bytes }) => bytesOf(join(jobsFolder, jobId, 'out', filename)) !== bytes),
  );
  const counts = {
    'folders in scratch': namesIn(join(dataFolder, 'scratch')).length,
    'folders in staging': namesIn(join(dataFolder, 'files/staging')).length,
    'folders of jobs that have no files': folders.filter((jobId) => !stored.has(jobId)).length,
    'jobs that still have their inputs': folders.filter((jobId) => existsSync(join(jobsFolder, jobId, 'in')))
      .length,
    'outputs lost': lost.length,
  };
  return Object.entries(counts).flatMap(([what, count]) => (count === 0 ? [] : [`${count} ${what}`]));
}

type Output = { filename: string; bytes: number };

/** The outputs that should be there, by their jobs. */
function readOutputs(dataFolder: string): Map<string, Output[]> {
  const database = new Database(join(dataFolder, 'appliance.sqlite'), { readonly: true });
  try {
    const withFiles = 'SELECT id, outputs FROM jobs WHERE outputs IS NOT NULL AND files_removed_at IS NULL';
    const rows = database.prepare<[], { id: string; outputs: string }>(withFiles).all();
    return new Map(rows.map(({ id, outputs }) => [id, JSON.parse(outputs)]));
  } finally {
    database.close();
  }
}

function namesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}

function bytesOf(path: string): number {
  return existsSync(path) ? statSync(path).size : -1;
}
