import type { PlannedReply, Planner, PlanRequest, Turn } from '../planner.ts';
import { writeAnnotations } from './annotation-steps.ts';
import { writeCombination, writeExtension } from './combine-steps.ts';
import { type Draft, emptyDraft } from './draft.ts';
import { writeFilms } from './film-steps.ts';
import type { Intent } from './intent-words.ts';
import type { Marks } from './marks.ts';
import { writeMeshes } from './mesh-steps.ts';
import { writeEffects, writeMusic } from './music-steps.ts';
import { writeEdits, writePictures } from './picture-steps.ts';
import { replyTo } from './reply.ts';
import { writeSpeech } from './speech-steps.ts';
import { readWishes, type Wish } from './wishes.ts';

const writers: Record<Intent, (draft: Draft, wish: Wish, marks: Marks) => void> = {
  picture: writePictures,
  edit: writeEdits,
  film: writeFilms,
  extend: writeExtension,
  combine: writeCombination,
  speech: writeSpeech,
  music: writeMusic,
  effect: writeEffects,
  mesh: writeMeshes,
  annotation: writeAnnotations,
};

/**
 * Plans from plain English without a model: it looks for words that say what is wanted, how much of it, and from what.
 * Of what the message wants, all is planned or nothing: where something must be asked, no step is written.
 */
export function createEmbeddedPlanner(): Planner {
  return {
    name: 'embedded',
    lacks: null,
    plan(request, signal) {
      signal.throwIfAborted();
      return Promise.resolve(planWords(request));
    },
  };
}

export function planWords(request: PlanRequest): PlannedReply {
  const draft = draftOf(request.message, request);
  if (draft.steps.length > 0 || draft.questions.length > 0) return replyOf(draft);
  const question = openQuestion(request.turns);
  const answered = question === null ? draft : draftOf(`${question}. ${request.message}`, request);
  return replyOf(answered.steps.length > 0 || answered.questions.length > 0 ? answered : draft);
}

function draftOf(message: string, request: PlanRequest): Draft {
  const draft = emptyDraft(request);
  const { wishes, marks } = readWishes(message, request.files);
  for (const wish of wishes) writers[wish.intent](draft, wish, marks);
  return draft;
}

function replyOf(draft: Draft): PlannedReply {
  const reply = replyTo(draft);
  return { reply, steps: draft.questions.length > 0 ? [] : draft.steps };
}

/** What was asked for when the planner asked back: the message may be the answer. */
function openQuestion(turns: readonly Turn[]): string | null {
  const [asked, answer] = turns.slice(-2);
  const isOpen = asked?.role === 'user' && answer?.role === 'assistant' && answer.text.trim().endsWith('?');
  return isOpen ? asked.text : null;
}
