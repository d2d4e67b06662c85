import type { WorkspaceParts } from './parts.ts';
import { findProject, findThread } from './projects.ts';
import type { StudioSettings, Thread } from './tables.ts';

/** An account's settings; the defaults where it has never set any. */
export function settingsOf({ store, clock }: WorkspaceParts, accountId: string): StudioSettings {
  const none = { activeProjectId: null, activeThreadId: null, instructions: '', runFreePlans: true };
  return store.settings(accountId) ?? { accountId, ...none, updatedAt: clock() };
}

/**
 * Changes what is given. Another project has no active conversation yet.
 * @throws NotFound a project that is not the account's
 */
export function changeSettings(
  parts: WorkspaceParts,
  accountId: string,
  changes: { activeProjectId?: string | null; instructions?: string; runFreePlans?: boolean },
): Promise<StudioSettings> {
  return parts.writer.write(() => {
    const before = settingsOf(parts, accountId);
    const { activeProjectId = before.activeProjectId } = changes;
    if (activeProjectId !== null) findProject(parts, accountId, activeProjectId);
    const activeThreadId = activeProjectId === before.activeProjectId ? before.activeThreadId : null;
    const settings = { ...before, ...changes, activeProjectId, activeThreadId, updatedAt: parts.clock() };
    parts.store.saveSettings(settings);
    return settings;
  });
}

/** Makes a conversation the one that is open, and its project with it. @throws NotFound */
export function selectThread(parts: WorkspaceParts, accountId: string, threadId: string): Promise<Thread> {
  return parts.writer.write(() => {
    const thread = findThread(parts, accountId, threadId);
    openThread(parts, thread);
    return thread;
  });
}

/** Called inside `Writer.write`. */
export function openThread(parts: WorkspaceParts, { accountId, projectId, id }: Thread): void {
  const settings = settingsOf(parts, accountId);
  const active = { activeProjectId: projectId, activeThreadId: id, updatedAt: parts.clock() };
  parts.store.saveSettings({ ...settings, ...active });
}
