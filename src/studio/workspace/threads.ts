import type { WorkspaceParts } from './parts.ts';
import { addProject, addThread, findProject, findThread } from './projects.ts';
import { openThread, settingsOf } from './settings.ts';
import type { Project, Thread } from './tables.ts';

/** What a conversation is called until something is said in it. */
export const untitled = 'New conversation';

/** Begins a conversation and opens it. @throws NotFound a project that is not the account's */
export function startThread(
  parts: WorkspaceParts,
  accountId: string,
  { projectId, title = untitled }: { projectId?: string; title?: string },
): Promise<Thread> {
  return parts.writer.write(() => {
    const project = projectFor(parts, accountId, projectId ?? null);
    const thread = addThread(parts, { accountId, projectId: project.id, title });
    openThread(parts, thread);
    return thread;
  });
}

/** @throws NotFound */
export function renameThread(
  parts: WorkspaceParts,
  accountId: string,
  { threadId, title }: { threadId: string; title: string },
): Promise<Thread> {
  return parts.writer.write(() => {
    const thread = findThread(parts, accountId, threadId);
    const changes = { title, updatedAt: parts.clock() };
    parts.store.updateThread(threadId, changes);
    return { ...thread, ...changes };
  });
}

/**
 * The project that is meant: the given one, else the active one, else the last that was changed, else a first one.
 * Called inside `Writer.write`.
 * @throws NotFound
 */
export function projectFor(parts: WorkspaceParts, accountId: string, projectId: string | null): Project {
  const wanted = projectId ?? settingsOf(parts, accountId).activeProjectId;
  if (wanted !== null) return findProject(parts, accountId, wanted);
  const [latest] = parts.store.projectsOf(accountId, { archived: false, limit: 1 });
  return latest ?? addProject(parts, { accountId, name: 'My project' });
}
