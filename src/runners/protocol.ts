import { type Static, Type } from '@sinclair/typebox';

/**
 * The runner protocol: JSON-RPC 2.0, one message a line, on the child's stdin and stdout.
 * The appliance sends requests; the runner answers them and sends `progress` and `log` notifications.
 * Descriptor 1 belongs to the protocol alone; everything else a runner prints goes to stderr.
 * Golden messages that this file and the Python side both test: `gpu/protocol/messages/*.json`.
 */
export const protocolVersion = 1;

/** Longest line either side may send. Media passes by path, never inline, so this is generous. */
export const messageBytesMax = 4 * 1024 * 1024;

const text = Type.String();
const count = Type.Integer({ minimum: 0 });
const seconds = Type.Number({ minimum: 0 });
const freeObject = Type.Record(Type.String(), Type.Unknown());

export const InitializeParams = Type.Object({ protocolVersion: count, scratchRoot: text });
export const InitializeResult = Type.Object({
  protocolVersion: count,
  name: text,
  version: text,
  tasks: Type.Array(text),
  /** Runs the child accepts at once; the appliance never sends more. */
  concurrency: Type.Integer({ minimum: 1 }),
});

export const LoadParams = Type.Object({
  model: text,
  modelFolder: Type.Union([text, Type.Null()]),
  device: text,
  dtype: Type.Union([text, Type.Null()]),
  memoryMode: Type.Union([text, Type.Null()]),
});
/** The answer to `load`, `park`, `wake` and `unload`: what the model holds now, and how long the change took. */
export const ResidencyResult = Type.Object({ vramBytes: count, hostBytes: count, seconds });

export const RunParams = Type.Object({
  jobId: text,
  task: text,
  /** Exactly what the task file's `runnerParams` made: every value decided, media as absolute local paths. */
  params: freeObject,
  /**
   * Outputs are written here, and temporary files under `scratchFolder`. Nobody else uses either, and neither is there
   * before the runner makes it.
   */
  outputFolder: text,
  scratchFolder: text,
});

export const RunOutput = Type.Object({
  /** A bare file name inside `outputFolder`. The first output is the main one. */
  filename: Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$' }),
  mimeType: text,
  width: Type.Optional(count),
  height: Type.Optional(count),
  durationSeconds: Type.Optional(seconds),
  frames: Type.Optional(count),
});
export const RunResult = Type.Object({
  /** None where the manifest allows it: what such a runner found is in `metadata`. */
  outputs: Type.Array(RunOutput, { maxItems: 64 }),
  /** What the engine decided or found: shown to the client as `upstream`. No paths, no prompts of others. */
  metadata: freeObject,
  /** Numbers such as `seconds`, `peakVramBytes`, `peakHostBytes`, or `<stage>Seconds`. */
  measurements: Type.Record(Type.String(), Type.Number()),
});

export const CancelParams = Type.Object({ jobId: text });

export const ProgressParams = Type.Object({
  jobId: text,
  stage: text,
  step: count,
  steps: count,
  fraction: Type.Number({ minimum: 0, maximum: 1 }),
});
export const LogParams = Type.Object({
  level: Type.Union([
    Type.Literal('debug'),
    Type.Literal('info'),
    Type.Literal('warn'),
    Type.Literal('error'),
  ]),
  message: text,
  jobId: Type.Optional(text),
});

/** All that a client hears of an `internal` failure: what the program itself said may name paths. */
export const internalFailureMessage = 'The engine failed; its log says why.';

/** Why a runner itself refused or failed a request. Travels as `error.data.kind`. */
export const RunnerErrorKind = Type.Union([
  Type.Literal('invalid_input'),
  Type.Literal('out_of_memory'),
  Type.Literal('canceled'),
  Type.Literal('model_broken'),
  Type.Literal('internal'),
]);

export const ErrorBody = Type.Object({
  code: Type.Integer(),
  message: text,
  data: Type.Optional(Type.Object({ kind: RunnerErrorKind }, { additionalProperties: true })),
});

const version = Type.Literal('2.0');
const id = Type.Integer({ minimum: 1 });
export const Request = Type.Object({ jsonrpc: version, id, method: text, params: freeObject });
export const Response = Type.Union([
  Type.Object({ jsonrpc: version, id, result: freeObject }),
  Type.Object({ jsonrpc: version, id: Type.Union([id, Type.Null()]), error: ErrorBody }),
]);
export const Notification = Type.Object({ jsonrpc: version, method: text, params: freeObject });

export type InitializeParams = Static<typeof InitializeParams>;
export type InitializeResult = Static<typeof InitializeResult>;
export type LoadParams = Static<typeof LoadParams>;
export type ResidencyResult = Static<typeof ResidencyResult>;
export type RunParams = Static<typeof RunParams>;
export type RunOutput = Static<typeof RunOutput>;
export type RunResult = Static<typeof RunResult>;
export type ProgressParams = Static<typeof ProgressParams>;
export type LogParams = Static<typeof LogParams>;
export type RunnerErrorKind = Static<typeof RunnerErrorKind>;
export type ErrorBody = Static<typeof ErrorBody>;
export type Request = Static<typeof Request>;
export type Response = Static<typeof Response>;
export type Notification = Static<typeof Notification>;

/** JSON-RPC error codes: the standard ones, and −32000 for every {@link RunnerErrorKind}. */
export const rpcCode = {
  parse: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  runner: -32000,
} as const;
