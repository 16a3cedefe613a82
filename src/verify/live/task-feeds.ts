import type { Feed } from '../logs/feed.ts';

/** What a log is read by: one container's, or those of many tasks that come in one stream. */
interface Feeds {
  push(chunk: Buffer): void;
  flush(now: number): void;
  /** Answers how many lines were cut. */
  end(): number;
}

export class OneFeed implements Feeds {
  readonly #feed: Feed;

  constructor(feed: Feed) {
    this.#feed = feed;
  }

  push(chunk: Buffer): void {
    this.#feed.push(chunk);
  }

  flush(now: number): void {
    this.#feed.flush(now);
  }

  end(): number {
    this.#feed.end();
    return this.#feed.cut;
  }
}

const SPACE = 0x20;
const TASK = 'com.docker.swarm.task.id=';

/**
 * Takes frames of a service's log apart, which have a header of 8 bytes and then time, details and line, parted by
 * blanks; gives each with its task, and without the details. Source: Engine API, "Get service logs" and "Stream format".
 */
export function framesByTask(): (chunk: Buffer) => [task: string, frame: Buffer][] {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    rest = rest.length ? Buffer.concat([rest, chunk]) : chunk;
    const out: [string, Buffer][] = [];
    while (rest.length >= 8) {
      const size = rest.readUInt32BE(4);
      if (rest.length < 8 + size) break;
      const [head, body] = [Buffer.from(rest.subarray(0, 8)), rest.subarray(8, 8 + size)];
      rest = rest.subarray(8 + size);
      const time = body.indexOf(SPACE);
      const details = body.indexOf(SPACE, time + 1);
      const told = body.toString('latin1', time + 1, details < 0 ? body.length : details);
      const task =
        told
          .split(',')
          .find((pair) => pair.startsWith(TASK))
          ?.slice(TASK.length) ?? '';
      // A line that tells no details is taken as it is.
      const line = task && details > 0 ? Buffer.concat([body.subarray(0, time), body.subarray(details)]) : body;
      head.writeUInt32BE(line.length, 4);
      out.push([task, Buffer.concat([head, line])]);
    }
    return out;
  };
}

/** A feed for each task: what one says in several lines must not be mixed with another's. */
export class TaskFeeds implements Feeds {
  readonly #make: (task: string) => Feed;
  readonly #split = framesByTask();
  readonly #feeds = new Map<string, Feed>();

  constructor(make: (task: string) => Feed) {
    this.#make = make;
  }

  push(chunk: Buffer): void {
    for (const [task, frame] of this.#split(chunk)) {
      const feed = this.#feeds.get(task) ?? this.#make(task && ` ${task.slice(0, 12)}`);
      this.#feeds.set(task, feed);
      feed.push(frame);
    }
  }

  flush(now: number): void {
    for (const feed of this.#feeds.values()) feed.flush(now);
  }

  end(): number {
    let cut = 0;
    for (const feed of this.#feeds.values()) {
      feed.end();
      cut += feed.cut;
    }
    return cut;
  }
}
