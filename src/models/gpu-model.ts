/** What this folder reads of a manifest, see `src/runners/manifest-schema.ts` for what each key means. */
export interface GpuModel {
  name: string;
  engine: 'embedded' | 'gpu' | 'cpu' | 'ffmpeg';
  command: string[];
  environment?: string;
  dtype?: string;
  vramBytes: number;
  memory?: { hostBytes: number; runBytes: number; runBytesPerUnit: number; modes?: MemoryMode[] };
  weights?: WeightsSource[];
}

export interface MemoryMode {
  name: string;
  vramBytes: number;
}

export interface WeightsSource {
  source: string;
  revision: string;
  licence: string;
  bytes: number;
  files: string[];
  address?: string;
  /** Of some of its files, by their names. */
  sha256?: Record<string, string>;
  folder?: string;
}
