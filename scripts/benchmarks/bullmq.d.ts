/** The part of BullMQ that is used. It is installed for the benchmark alone, and the checks run without it. */
declare module 'bullmq' {
  interface Connection {
    host: string;
    port: number;
    /** Null where a worker may wait for ever. */
    maxRetriesPerRequest: null;
  }
  interface Job {
    id?: string;
    finishedOn?: number;
    failedReason?: string;
    isActive(): Promise<boolean>;
  }
  export class Queue {
    constructor(name: string, options: { connection: Connection });
    add(name: string, data: object, options: { priority: number }): Promise<Job>;
    getJob(id: string): Promise<Job | undefined>;
    getJobCounts(...states: string[]): Promise<Record<string, number>>;
  }
  export class Worker {
    constructor(
      name: string,
      work: () => Promise<object>,
      options: { connection: Connection; concurrency: number },
    );
    waitUntilReady(): Promise<unknown>;
  }
}
