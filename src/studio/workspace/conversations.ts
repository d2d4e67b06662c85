import type { Conversations } from '../agent/doors.ts';
import type { WorkspaceParts } from './parts.ts';
import { addThread, findThread } from './projects.ts';
import { openThread, settingsOf } from './settings.ts';
import type { Thread } from './tables.ts';
import { projectFor, untitled } from './threads.ts';

const titleCharactersMax = 60;

/** Conversations as the agent speaks in them. */
export function createConversations(parts: WorkspaceParts): Conversations {
  const { store, clock } = parts;
  return {
    threadFor({ accountId, threadId, projectId }) {
      const thread =
        threadId === null
          ? threadWithout(parts, accountId, projectId)
          : findThread(parts, accountId, threadId);
      return { threadId: thread.id, projectId: thread.projectId };
    },
    assertThread: (accountId, threadId) => void findThread(parts, accountId, threadId),
    add(message) {
      const now = clock();
      store.insertMessage({ ...message, createdAt: now });
      const thread = store.thread(message.threadId);
      const isFirst = message.role === 'user' && thread?.title === untitled;
      store.updateThread(message.threadId, {
        updatedAt: now,
        ...(isFirst ? { title: titleOf(message.text) } : {}),
      });
    },
    recent: (threadId, limit) =>
      store
        .messagesOf(threadId, { limit })
        .toReversed()
        .map(({ role, text }) => ({ role, text })),
  };
}

/** The open conversation of the project that is meant, or a new one. */
function threadWithout(parts: WorkspaceParts, accountId: string, projectId: string | null): Thread {
  const project = projectFor(parts, accountId, projectId);
  const { activeThreadId } = settingsOf(parts, accountId);
  const open = activeThreadId === null ? undefined : parts.store.thread(activeThreadId);
  if (open?.projectId === project.id) return open;
  const thread = addThread(parts, { accountId, projectId: project.id, title: untitled });
  openThread(parts, thread);
  return thread;
}

/** What a conversation is about, as far as its first words tell. */
function titleOf(text: string): string {
  const line = text.trim().replaceAll(/\s+/g, ' ');
  if (line.length <= titleCharactersMax) return line || untitled;
  const cut = line.slice(0, titleCharactersMax);
  return `${cut.slice(0, Math.max(cut.lastIndexOf(' '), titleCharactersMax / 2))}…`;
}
