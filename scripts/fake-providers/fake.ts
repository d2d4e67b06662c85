/** A local server that speaks a provider's protocol, started by hand. */
export interface Fake {
  /** In words, as the first line of what is printed of it. */
  name: string;
  start(options: FakeOptions): Promise<RunningFake>;
}

export interface FakeOptions {
  /** The one that it listens on, of 127.0.0.1. */
  port: number;
  /** Where the appliance is, for what a provider sends by itself. */
  applianceOrigin: string;
}

export interface RunningFake {
  /** `KT_…` settings that make an appliance use it. */
  settings: Record<string, string>;
  /** How to try it: one line each, in words or a command. */
  hints: string[];
}
