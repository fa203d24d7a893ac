// Runs scripts on Redis, wherever a key lies, and makes of every failure one that tells no secret.
import { SessionError } from '../../core/errors.ts'
import type { Awaitable } from '../../core/store.ts'
import { withAnswer } from './answered.ts'
import type { Connection } from './redis-client.ts'
import type { Script } from './redis-scripts.ts'

/**
 * How many replicas must have an end before it is acknowledged, and how long that may take (`WAIT`).
 *
 * It says that so many have it, not that one of them will take over: to be sure, ask for all that there
 * are. An end that is part of a `create` is not waited for. The command goes over the connection of the
 * end, through a pool, Sentinel or a cluster too, and holds up what is sent over it meanwhile: while a
 * replica is away, each end costs all others on that connection the whole time.
 */
export interface RedisWait {
  readonly replicas: number
  readonly milliseconds: number
}

type Arg = string | number
export type Answer = readonly (string | null)[]

export class Runner {
  readonly #connection: Connection
  readonly #retention: string
  readonly isCluster: boolean

  constructor(connection: Connection, retention: number) {
    this.#connection = connection
    this.#retention = String(retention)
    this.isCluster = connection.isCluster
  }

  /** One command, and what its answer means. */
  send<Result>(
    key: string,
    args: string[],
    read: (answer: unknown) => Awaitable<Result>,
  ): Promise<Result> {
    return this.#connection.send(key, args).then(read, unavailable)
  }

  /** A script whose answer is a list of texts. */
  async run(script: Script, keys: readonly string[], now: number, args: readonly Arg[]) {
    return textsOf(await this.ask(script, keys, now, args))
  }

  /** A script. A server that does not know it, after a restart or a failover, is given it. */
  ask(script: Script, keys: readonly string[], now: number, args: readonly Arg[]) {
    const rest = this.#rest(keys, now, args)
    const [key = ''] = keys
    const run = (...how: string[]) => this.#connection.send(key, [...how, ...rest])
    return run('EVALSHA', script.sha)
      .catch((error) => again(error, PASSING, () => run('EVAL', script.text)))
      .catch(unavailable)
  }

  /** A script, and WAIT behind it on the same connection, so that it counts what the script wrote. */
  async runAndWait(
    script: Script,
    keys: readonly string[],
    now: number,
    args: readonly Arg[],
    { replicas, milliseconds }: RedisWait,
  ): Promise<Answer> {
    const rest = this.#rest(keys, now, args)
    const wait = ['WAIT', String(replicas), String(milliseconds)]
    const [key = ''] = keys
    const both = (...how: string[]) => this.#connection.sendBoth(key, [...how, ...rest], wait)
    const ledBoth = async () => {
      // A command of its own is led to where the key lies now; two in a row are not.
      await this.#connection.send(key, ['EXISTS', key])
      return both('EVAL', script.text)
    }
    const [answer, count] = await both('EVALSHA', script.sha)
      .catch((error) => again(error, PASSING_BOTH, ledBoth))
      .catch(unavailable)
    if (Number(count) < replicas) {
      throw withAnswer(
        new SessionError(
          'store-unavailable',
          `An end was written, but ${Number(count)} of ${replicas} replicas had it in time.`,
        ),
      )
    }
    return textsOf(answer)
  }

  #rest(keys: readonly string[], now: number, args: readonly Arg[]): string[] {
    return [String(keys.length), ...keys, String(now), this.#retention, ...args.map(String)]
  }
}

/** Clients that map texts to bytes answer bytes. */
const textsOf = (answer: unknown): Answer =>
  (answer as readonly unknown[]).map((text) => (text === null ? null : String(text)))

/** What a server says that lacks the script, or whose slot is being moved: then nothing was done. */
const PASSING = /^(?:NOSCRIPT|TRYAGAIN)\b|non local key/
const PASSING_BOTH = /^(?:NOSCRIPT|TRYAGAIN|MOVED|ASK)\b|non local key/
/** Milliseconds for which a slot that is being moved is waited for, and between two looks at it. */
const PATIENCE = 1000
const PAUSE = 50

/** Tries something again that failed in passing. */
async function again<Result>(
  failure: unknown,
  passing: RegExp,
  attempt: () => Promise<Result>,
): Promise<Result> {
  const end = performance.now() + PATIENCE
  let error = failure
  while (performance.now() < end && passing.test(messageOf(error))) {
    if (!messageOf(error).startsWith('NOSCRIPT')) await pause()
    try {
      return await attempt()
    } catch (next) {
      error = next
    }
  }
  throw error
}

const pause = () => new Promise((resolve) => setTimeout(resolve, PAUSE))
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : '')

/** Some clients hang the command on their errors, with the ids and texts in it. */
function unavailable(error: unknown): never {
  if (error instanceof SessionError) throw error
  const { name = 'Error', message = String(error), code } = error as Error & { code?: unknown }
  const [said] = message.split(', with args')
  const cause = Object.assign(new Error(said), { name, ...(code !== undefined && { code }) })
  throw new SessionError('store-unavailable', 'Redis failed, or could not be reached.', { cause })
}
