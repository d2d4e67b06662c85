import { randomBytes } from 'node:crypto';
import { Conflict, NotFound } from '../../errors.ts';
import { cutPage, type Page } from '../../page.ts';
import { cursorOf, readCursor } from '../newest-first.ts';
import type { WorkspaceParts } from './parts.ts';
import type { Project, Thread } from './tables.ts';

/** Projects that an account can have, archived ones too. */
const projectsMax = 1000;
const pageSize = 50;

/** Called inside `Writer.write`. @throws Conflict `too_many_projects` */
export function addProject(
  { store, clock }: WorkspaceParts,
  request: { accountId: string; name: string; description?: string },
): Project {
  const { accountId, name, description = '' } = request;
  if (store.projectCount(accountId) >= projectsMax) {
    throw new Conflict(`An account has ${projectsMax} projects at most.`, 'too_many_projects');
  }
  const now = clock();
  const id = `prj_${randomBytes(10).toString('hex')}`;
  const project = { id, accountId, name, description, createdAt: now, updatedAt: now, archivedAt: null };
  store.insertProject(project);
  return project;
}

/** The account's projects, or its archived ones instead; the last changed first. @throws BadCursor */
export function listProjects(
  { store }: WorkspaceParts,
  accountId: string,
  { archived = false, limit = pageSize, cursor }: { archived?: boolean; limit?: number; cursor?: string },
): Page<Project> {
  const before = readCursor(cursor);
  const from = before === undefined ? { archived } : { archived, before };
  return cutPage({
    limit,
    list: (most) => store.projectsOf(accountId, { ...from, limit: most }),
    cursorOf: ({ updatedAt: at, id }) => cursorOf({ at, id }),
  });
}

/** @throws NotFound unknown, or another account's */
export function findProject({ store }: WorkspaceParts, accountId: string, projectId: string): Project {
  const project = store.project(projectId);
  if (!project || project.accountId !== accountId) throw new NotFound(`The project ${projectId}`);
  return project;
}

/** @throws NotFound unknown, or another account's */
export function findThread({ store }: WorkspaceParts, accountId: string, threadId: string): Thread {
  const thread = store.thread(threadId);
  if (!thread || thread.accountId !== accountId) throw new NotFound(`The conversation ${threadId}`);
  return thread;
}

/** Called inside `Writer.write`. */
export function addThread(
  { store, clock }: WorkspaceParts,
  request: { accountId: string; projectId: string; title: string },
): Thread {
  const now = clock();
  const thread = { id: `thr_${randomBytes(10).toString('hex')}`, ...request, createdAt: now, updatedAt: now };
  store.insertThread(thread);
  return thread;
}

/** Changes what is given. An archived project is not the active one any more. @throws NotFound */
export function changeProject(
  parts: WorkspaceParts,
  accountId: string,
  changes: { projectId: string; name?: string; description?: string; archived?: boolean },
): Promise<Project> {
  const { projectId, archived, ...words } = changes;
  return parts.writer.write(() => {
    const project = findProject(parts, accountId, projectId);
    const now = parts.clock();
    const archivedAt =
      archived === undefined ? project.archivedAt : archived ? (project.archivedAt ?? now) : null;
    const changed = { ...words, archivedAt, updatedAt: now };
    parts.store.updateProject(projectId, changed);
    const settings = parts.store.settings(accountId);
    if (archivedAt !== null && settings?.activeProjectId === projectId) {
      parts.store.saveSettings({ ...settings, activeProjectId: null, activeThreadId: null, updatedAt: now });
    }
    return { ...project, ...changed };
  });
}
