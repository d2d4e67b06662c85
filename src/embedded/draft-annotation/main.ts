import { serveEngine } from '../serve.ts';
import { annotateDraft, engine } from './annotate.ts';

await serveEngine({ ...engine, tasks: { 'audio.annotation.reference': annotateDraft } });
