import { serveEngine } from '../serve.ts';
import { generateVideo } from './generate-video.ts';

await serveEngine({ name: 'draft-video', version: '1', tasks: { 'video.generate': generateVideo } });
