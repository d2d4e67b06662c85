import { serveEngine } from '../serve.ts';
import { speakDraft } from './speak.ts';

await serveEngine({ name: 'draft-speech', version: '1', tasks: { 'audio.speak': speakDraft } });
