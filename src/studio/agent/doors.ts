import type { KnownFile, Turn } from '../planner/planner.ts';

/** What the agent needs of conversations. Writing methods are called inside `Writer.write`. */
export interface Conversations {
  /**
   * The thread that is spoken in: the given one, else the active one of the project, else a new one.
   * @throws NotFound unknown, or another account's
   */
  threadFor(request: { accountId: string; threadId: string | null; projectId: string | null }): {
    threadId: string;
    projectId: string;
  };
  /** @throws NotFound unknown, or another account's */
  assertThread(accountId: string, threadId: string): void;
  add(message: { threadId: string; requestId: string; role: Turn['role']; text: string }): void;
  /** The last turns, oldest first. */
  recent(threadId: string, limit: number): Turn[];
}

/** What the agent needs of the project's files. */
export interface ChosenFiles {
  /** @throws NotFound unknown, or another account's */
  describe(accountId: string, assetIds: readonly string[]): KnownFile[];
}
