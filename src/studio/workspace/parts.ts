import type { Clock } from '../../clock.ts';
import type { Writer } from '../../db/writer.ts';
import type { WorkspaceStore } from './store.ts';

/** What the operations on a workspace are made of. */
export interface WorkspaceParts {
  store: WorkspaceStore;
  writer: Writer;
  clock: Clock;
}
