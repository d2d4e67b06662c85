import { t } from 'elysia';
import { text } from '../../tasks/text-field.ts';
import { PlanSummaryView, viewSummary } from '../plans/model.ts';
import type { Standing } from '../standing.ts';
import type { Message, Project, StudioSettings, Thread } from './tables.ts';

const strict = { additionalProperties: false };
const nullable = <T extends Parameters<typeof t.Nullable>[0]>(schema: T) => t.Union([schema, t.Null()]);
const time = t.String({ format: 'date-time' });
const projectId = t.String({ maxLength: 64, examples: ['prj_3f9c0a1b2d4e5f607182'] });
const threadId = t.String({ maxLength: 64, examples: ['thr_3f9c0a1b2d4e5f607182'] });
const name = { ...text({ charactersMax: 120, description: 'Of the project.' }), examples: ['Neon city'] };
const description = t.String({ maxLength: 2000, examples: ['A short film about a fox in space.'] });
const title = {
  ...text({ charactersMax: 120, description: 'Of the conversation.' }),
  examples: ['Opening shot'],
};

export const NewProjectBody = t.Object({ name, description: t.Optional(description) }, strict);
export const ChangeProjectBody = t.Object(
  {
    projectId,
    name: t.Optional(name),
    description: t.Optional(description),
    archived: t.Optional(t.Boolean({ examples: [true] })),
  },
  strict,
);
export const ProjectsQuery = t.Object(
  {
    archived: t.Optional(
      t.Boolean({ default: false, description: 'Only archived ones, instead of all others.' }),
    ),
    limit: t.Optional(t.Integer({ minimum: 1, maximum: 200, default: 50 })),
    cursor: t.Optional(
      t.String({
        description: '`nextCursor` of the page before.',
        examples: ['1777723200000.prj_3f9c0a1b2d4e5f607182'],
      }),
    ),
  },
  strict,
);
export const NewThreadBody = t.Object({ projectId: t.Optional(projectId), title: t.Optional(title) }, strict);
export const ChangeThreadBody = t.Object({ threadId, title }, strict);
export const OneThreadBody = t.Object({ threadId }, strict);
export const ThreadQuery = t.Object(
  {
    threadId,
    limit: t.Optional(t.Integer({ minimum: 1, maximum: 200, default: 100 })),
    cursor: t.Optional(t.String({ pattern: '^[0-9]{1,15}$' })),
  },
  strict,
);
export const ChangeSettingsBody = t.Object(
  {
    activeProjectId: t.Optional(nullable(projectId)),
    instructions: t.Optional(
      t.String({
        maxLength: 2000,
        description: 'What the planner is told beside every message.',
        examples: ['Warm colours, 16:9, no text in pictures.'],
      }),
    ),
    runFreePlans: t.Optional(
      t.Boolean({
        description: 'Whether a plan that costs nothing runs without being asked for.',
        examples: [true],
      }),
    ),
  },
  strict,
);

export const ProjectView = t.Object({
  projectId: t.String(),
  name: t.String(),
  description: t.String(),
  createdAt: time,
  updatedAt: time,
  archivedAt: nullable(time),
});
export const ProjectListView = t.Object({
  projects: t.Array(ProjectView),
  nextCursor: nullable(t.String({ description: 'Gets the next page; null on the last.' })),
});
export const ThreadView = t.Object({
  threadId: t.String(),
  projectId: t.String(),
  title: t.String(),
  createdAt: time,
  updatedAt: time,
});
export const ThreadDetailView = t.Object({
  thread: ThreadView,
  messages: t.Array(
    t.Object({
      id: t.Integer(),
      requestId: t.String({ description: 'See `GET /api/v1/studio/agent/requests`.' }),
      role: t.Union([t.Literal('user'), t.Literal('assistant')]),
      text: t.String(),
      createdAt: time,
    }),
    { description: 'Oldest first.' },
  ),
  nextCursor: nullable(t.String({ description: 'Gets the messages before these.' })),
});
export const SettingsView = t.Object({
  activeProjectId: nullable(t.String()),
  activeThreadId: nullable(t.String()),
  instructions: t.String(),
  runFreePlans: t.Boolean(),
});
export const SnapshotView = t.Object({
  settings: SettingsView,
  projects: t.Array(ProjectView),
  threads: t.Array(ThreadView, { description: 'Of the active project.' }),
  activeThread: nullable(ThreadDetailView),
  balanceUsd: t.Number(),
  balanceMicros: t.Integer(),
  planner: t.Object({
    name: t.String({ description: 'Who plans the next message.', examples: ['embedded'] }),
    ready: t.Boolean({
      description: 'Whether it can be asked, as far as can be told without asking.',
      examples: [true],
    }),
    lacks: nullable(t.String({ examples: ['It has no server: set studio.openaiUrl.'] })),
  }),
  storage: t.Object({
    usedBytes: t.Integer({ examples: [8_129_331] }),
    quotaBytes: t.Integer({ examples: [21_474_836_480] }),
  }),
  runningPlans: t.Array(PlanSummaryView, { description: 'The newest; the list of plans has the others.' }),
  pendingApprovals: t.Array(PlanSummaryView, { description: 'Plans that can still be approved.' }),
});

const iso = (at: number) => new Date(at).toISOString();

export function viewProject({ id, name: projectName, description: about, ...times }: Project) {
  const { createdAt, updatedAt, archivedAt } = times;
  return {
    ...{ projectId: id, name: projectName, description: about, createdAt: iso(createdAt) },
    ...{ updatedAt: iso(updatedAt), archivedAt: archivedAt === null ? null : iso(archivedAt) },
  };
}

export function viewThread({ id, projectId: project, title: about, createdAt, updatedAt }: Thread) {
  return {
    threadId: id,
    projectId: project,
    title: about,
    createdAt: iso(createdAt),
    updatedAt: iso(updatedAt),
  };
}

/** @param newestFirst one message more than is shown, where there are more */
export function viewThreadDetail(thread: Thread, newestFirst: readonly Message[], limit: number) {
  const shown = newestFirst.slice(0, limit);
  const last = shown.at(-1);
  return {
    thread: viewThread(thread),
    messages: shown.toReversed().map(({ id, requestId, role, text, createdAt }) => ({
      id,
      requestId,
      role,
      text,
      createdAt: iso(createdAt),
    })),
    nextCursor: newestFirst.length > limit && last ? String(last.id) : null,
  };
}

export function viewSettings({
  activeProjectId,
  activeThreadId,
  instructions,
  runFreePlans,
}: StudioSettings) {
  return { activeProjectId, activeThreadId, instructions, runFreePlans };
}

/** What a page shows beside projects and conversations. */
export function viewStanding({ planner, storage, runningPlans, pendingApprovals }: Standing) {
  return {
    ...{ planner: { ...planner, ready: planner.lacks === null }, storage },
    runningPlans: runningPlans.map(viewSummary),
    pendingApprovals: pendingApprovals.map(viewSummary),
  };
}
