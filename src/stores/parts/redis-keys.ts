// The names of the keys in Redis. What belongs to one tag has one hash tag, so that a cluster keeps it on
// one server and a script may change it together. No subject is a key: only a part of its hash.
import { tagOfStored, tagOfSubject } from '../../core/ids.ts'
import type { StoredSession } from '../../core/store.ts'
import { indexName } from './redis-records.ts'

/** All tags that there are. */
export const TAGS: readonly string[] = Array.from({ length: 256 }, (_, tag) =>
  tag.toString(16).padStart(2, '0'),
)

export class Keys {
  readonly #prefix: string

  constructor(prefix: string) {
    this.#prefix = prefix
  }

  session(id: string): string {
    const tag = tagOfStored(id)
    return `${this.#prefix}{${tag}}s:${id.slice(tag.length)}`
  }

  /** The index of all that lies under a tag. */
  due(tag: string): string {
    return `${this.#prefix}{${tag}}d`
  }

  /** What a script on one session is given. */
  both(id: string): [session: string, due: string] {
    return [this.session(id), this.due(tagOfStored(id))]
  }

  /** What a script that begins a session is given: all that it writes to. */
  begun({ id, subject }: Pick<StoredSession, 'id' | 'subject'>): string[] {
    const due = this.due(tagOfStored(id))
    const index = subject === null ? due : `${due.slice(0, -1)}u:${indexName(subject)}`
    return [this.session(id), due, index]
  }

  /** What a script on the sessions of a subject is given. */
  subject(subject: string): [index: string, due: string] {
    const tag = tagOfSubject(subject)
    return [`${this.#prefix}{${tag}}u:${indexName(subject)}`, this.due(tag)]
  }
}
