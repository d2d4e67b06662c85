import { Elysia } from 'elysia';
import type { Caller } from '../../identity/authenticate.ts';
import type { RequireKey } from '../../identity/require-key.ts';
import type { Standing } from '../standing.ts';
import type { Workspace } from './create-workspace.ts';
import {
  ChangeProjectBody,
  ChangeSettingsBody,
  ChangeThreadBody,
  NewProjectBody,
  NewThreadBody,
  OneThreadBody,
  ProjectListView,
  ProjectsQuery,
  ProjectView,
  SettingsView,
  SnapshotView,
  ThreadDetailView,
  ThreadQuery,
  ThreadView,
  viewProject,
  viewSettings,
  viewStanding,
  viewThread,
  viewThreadDetail,
} from './model.ts';
import { addProject, changeProject, findThread, listProjects } from './projects.ts';
import { changeSettings, selectThread, settingsOf } from './settings.ts';
import { startThread, renameThread } from './threads.ts';

interface WorkspaceRoutesOptions {
  requireKey: RequireKey;
  workspace: Workspace;
  standing: (caller: Caller) => Standing;
}

const projectsShown = 200;
const threadsShown = 100;
const messagesShown = 100;

/** `/api/v1/studio/…`: the workspace as a page loads it, and what is changed in it. */
export function workspaceRoutes(options: WorkspaceRoutesOptions) {
  const { requireKey, workspace } = options;
  return new Elysia({
    name: 'studio.workspace',
    prefix: '/api/v1/studio',
    normalize: false,
    tags: ['Studio'],
  })
    .use(requireKey)
    .get('/snapshot', ({ caller }) => snapshot(options, caller), {
      requireKey: 'read',
      response: { 200: SnapshotView },
      detail: { summary: 'Load your Studio workspace' },
    })
    .patch(
      '/settings',
      async ({ caller, body }) => viewSettings(await changeSettings(workspace, caller.accountId, body)),
      {
        requireKey: 'write',
        body: ChangeSettingsBody,
        response: { 200: SettingsView },
        detail: { summary: 'Update your Studio settings' },
      },
    )
    .use(projectRoutes(options))
    .use(threadRoutes(options));
}

function projectRoutes({ requireKey, workspace }: WorkspaceRoutesOptions) {
  return new Elysia({ name: 'studio.projects', normalize: false, tags: ['Studio'] })
    .use(requireKey)
    .get(
      '/projects',
      ({ caller, query }) => {
        const { rows, nextCursor } = listProjects(workspace, caller.accountId, query);
        return { projects: rows.map(viewProject), nextCursor };
      },
      {
        requireKey: 'read',
        query: ProjectsQuery,
        response: { 200: ProjectListView },
        detail: { summary: 'Your Studio projects, or the archived ones; the last changed first' },
      },
    )
    .post(
      '/projects',
      async ({ caller, body, status }) => {
        const request = { accountId: caller.accountId, ...body };
        return status(201, viewProject(await workspace.writer.write(() => addProject(workspace, request))));
      },
      {
        requireKey: 'write',
        body: NewProjectBody,
        response: { 201: ProjectView },
        detail: { summary: 'Create a Studio project' },
      },
    )
    .patch(
      '/projects/update',
      async ({ caller, body }) => viewProject(await changeProject(workspace, caller.accountId, body)),
      {
        requireKey: 'write',
        body: ChangeProjectBody,
        response: { 200: ProjectView },
        detail: { summary: 'Rename, describe or archive a Studio project' },
      },
    );
}

function threadRoutes({ requireKey, workspace }: WorkspaceRoutesOptions) {
  return new Elysia({ name: 'studio.threads', normalize: false, tags: ['Studio'] })
    .use(requireKey)
    .post(
      '/threads',
      async ({ caller, body, status }) =>
        status(201, viewThread(await startThread(workspace, caller.accountId, body))),
      {
        requireKey: 'write',
        body: NewThreadBody,
        response: { 201: ThreadView },
        detail: { summary: 'Create a Studio conversation, and open it' },
      },
    )
    .post(
      '/threads/select',
      async ({ caller, body }) => viewThread(await selectThread(workspace, caller.accountId, body.threadId)),
      {
        requireKey: 'write',
        body: OneThreadBody,
        response: { 200: ThreadView },
        detail: { summary: 'Select the active Studio conversation' },
      },
    )
    .get(
      '/threads/detail',
      ({ caller, query: { threadId, limit = messagesShown, cursor } }) => {
        const thread = findThread(workspace, caller.accountId, threadId);
        const before = cursor === undefined ? {} : { before: Number(cursor) };
        const messages = workspace.store.messagesOf(threadId, { ...before, limit: limit + 1 });
        return viewThreadDetail(thread, messages, limit);
      },
      {
        requireKey: 'read',
        query: ThreadQuery,
        response: { 200: ThreadDetailView },
        detail: { summary: 'Load a Studio conversation' },
      },
    )
    .patch(
      '/threads/update',
      async ({ caller, body }) => viewThread(await renameThread(workspace, caller.accountId, body)),
      {
        requireKey: 'write',
        body: ChangeThreadBody,
        response: { 200: ThreadView },
        detail: { summary: 'Rename a Studio conversation' },
      },
    );
}

function snapshot({ workspace, standing }: WorkspaceRoutesOptions, caller: Caller) {
  const { accountId } = caller;
  const { store, ledger } = workspace;
  const settings = settingsOf(workspace, accountId);
  const { activeProjectId, activeThreadId } = settings;
  const open = activeThreadId === null ? undefined : store.thread(activeThreadId);
  const detail = (threadId: string) => store.messagesOf(threadId, { limit: messagesShown + 1 });
  const balanceMicros = ledger.balanceMicros(accountId);
  return {
    settings: viewSettings(settings),
    projects: store.projectsOf(accountId, { archived: false, limit: projectsShown }).map(viewProject),
    threads: activeProjectId === null ? [] : store.threadsOf(activeProjectId, threadsShown).map(viewThread),
    activeThread: open ? viewThreadDetail(open, detail(open.id), messagesShown) : null,
    ...{ balanceUsd: balanceMicros / 1e6, balanceMicros },
    ...viewStanding(standing(caller)),
  };
}
