import type { JobView } from './client.ts';

export interface SavedFile {
  name: string;
  bytes: number;
}

/** Where one job of the demonstration stands. `saved`, `failed` and `skipped` are final. */
export type JobProgress =
  | { kind: 'waiting'; needs: string[] }
  | { kind: 'sending' }
  | { kind: 'queued'; position: number | null }
  | { kind: 'running'; fraction: number; stage: string }
  | { kind: 'saved'; job: JobView; seconds: number; files: SavedFile[] }
  | { kind: 'failed'; message: string }
  | { kind: 'skipped'; needs: string[] };

export type OnProgress = (title: string, progress: JobProgress) => void;
