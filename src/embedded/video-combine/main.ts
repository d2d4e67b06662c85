import { serveEngine } from '../serve.ts';
import { combineClips } from './combine-clips.ts';

await serveEngine({ name: 'video-combine', version: '1', tasks: { 'video.combine': combineClips } });
