// One memory store in a process of its own, started by memory.ts: what a session weighs in it, and for
// how long the process stands still while half of its sessions expire.
import { createRequire } from 'node:module'
import { setImmediate as turn } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { MemoryStore } from 'sojourn/stores/memory'

export interface MemoryFigure {
  /** Bytes per session after garbage collection, without its id. */
  readonly bytes: number
  /** The longest pause of the event loop while nothing went: the machine's own, in milliseconds. */
  readonly quiet: number
  /** The longest pause while half of the sessions went. */
  readonly pause: number | null
  /** From the first that went to the last, in milliseconds. */
  readonly took: number | null
}

/** A store as far as it is measured. */
interface Weighed {
  set(id: string, data: object, isShort: boolean): void
  /** Lets what is over go; answers whether there is more to come. */
  expire?(): boolean
}

const NOW = 1_700_000_000
const DAY = 86_400
/** Milliseconds in which only the event loop turns. */
const QUIET = 1000
/** A flat one-byte string of 45 characters: what an id costs, in every store. */
const ID_BYTES = 64
/** Seconds after which the short ones go: their idle time, the retention, and a little. */
const LATER = NOW + 1800 + 3600 + 10

const CANDIDATES: { readonly [name: string]: (count: number) => Weighed } = {
  map: () => {
    const sessions = new Map<string, string>()
    return { set: (id, data) => sessions.set(id, JSON.stringify(data)) }
  },

  express: () => {
    const { MemoryStore: Store } = createRequire(import.meta.url)('express-session')
    const store = new Store()
    return {
      set: (id, data, isShort) => {
        const maxAge = 1_800_000
        const expires = new Date(Date.now() + (isShort ? -1 : maxAge))
        const cookie = { originalMaxAge: maxAge, expires, httpOnly: true, path: '/' }
        store.set(id, { cookie, ...data })
      },
      expire: () => {
        store.all(() => {})
        return false
      },
    }
  },

  sojourn: (count) => createOurs(count, () => null),
  subjects: (count) => createOurs(count, (at) => `user-${at}`),
}

function createOurs(count: number, subjectOf: (at: number) => string | null): Weighed {
  const store = new MemoryStore({ most: 2 * count })
  let at = 0
  return {
    set: (id, data, isShort) => {
      const fields = new Map<string, string>()
      for (const [key, value] of Object.entries(data)) fields.set(key, JSON.stringify(value))
      const times = { createdAt: NOW, seenAt: NOW, endsAt: NOW + DAY, checkAt: 0 }
      const idle = isShort ? 1800 : 43_200
      store.create({ id, subject: subjectOf(at++), idle, throttle: 180, fields, ...times }, NOW)
    },
    expire: () => {
      store.read('nobody', LATER, false)
      return store.size > count / 2
    },
  }
}

const hex = (length: number): string => {
  let text = ''
  while (text.length < length) text += Math.floor(Math.random() * 2 ** 32).toString(16)
  return text.slice(0, length)
}

/** The session of bench/plumbing.ts, each with values of its own: 188 bytes of JSON. */
const createData = () => ({
  _fresh: true,
  _id: hex(64),
  _user_id: String(10 + Math.floor(Math.random() * 90)),
  csrf_token: hex(40),
  locale: 'en_GB',
  views: 10,
})

/** An id as the store has it, in one piece. */
const createId = (): string => Array.from(hex(45)).join('')

async function used(): Promise<number> {
  for (let at = 0; at < 4; at++) {
    globalThis.gc?.()
    await turn()
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

/** Turns the event loop until the store is through, and takes the longest turn. */
async function watch(expire: () => boolean): Promise<{ pause: number; took: number }> {
  const start = performance.now()
  let pause = 0
  let before = start
  for (let goesOn = true; goesOn; ) {
    goesOn = expire()
    await turn()
    const now = performance.now()
    pause = Math.max(pause, now - before)
    before = now
  }
  return { pause, took: before - start }
}

async function weigh(name: string, count: number): Promise<MemoryFigure> {
  const store = CANDIDATES[name]?.(count)
  if (store === undefined) throw new Error(`There is no candidate ${name}.`)
  const before = await used()
  for (let at = 0; at < count; at++) {
    store.set(createId(), createData(), at % 2 === 0)
    if (at % 1000 === 0) await turn()
  }
  const bytes = ((await used()) - before) / count - ID_BYTES
  const end = performance.now() + QUIET
  const { pause: quiet } = await watch(() => performance.now() < end)
  const { pause = null, took = null } = store.expire ? await watch(store.expire) : {}
  return { bytes, quiet, pause, took }
}

const { values } = parseArgs({
  options: { name: { type: 'string', default: '' }, count: { type: 'string', default: '' } },
})
console.log(JSON.stringify(await weigh(values.name, Number(values.count))))
