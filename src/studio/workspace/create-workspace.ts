import type { Clock } from '../../clock.ts';
import type { OpenDatabase } from '../../db/open.ts';
import type { Writer } from '../../db/writer.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import { createConversations } from './conversations.ts';
import { createWorkspaceStore } from './store.ts';

/** Projects, conversations and settings. */
export type Workspace = ReturnType<typeof createWorkspace>;

export function createWorkspace(options: {
  database: OpenDatabase;
  writer: Writer;
  clock: Clock;
  ledger: Ledger;
}) {
  const { database, writer, clock, ledger } = options;
  const parts = { store: createWorkspaceStore(database), writer, clock };
  return { ...parts, ledger, conversations: createConversations(parts) };
}
