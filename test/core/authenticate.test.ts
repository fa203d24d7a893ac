import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BACKGROUND, BY, FORMATS, HOUR, NOW, start } from './start.ts'

describe.each(FORMATS)('authenticate, %s', (name, format) => {
  const options = { format, lifetime: { idle: '1h', absolute: '8h' } } as const

  test('makes the session theirs, under a new id and with both clocks anew', () => {
    const { visit, pass } = start(options)
    const ids = [visit((session) => session.set('a', 1).id).result]
    for (const factor of ['password', 'otp', 'password']) {
      pass(600)
      visit((session) => session.authenticate('alice', { factor }))
      const { result } = visit(
        (session) => [session.id, session.subject, session.get('a')] as const,
      )
      expect(result.slice(1)).toEqual(['alice', 1])
      ids.push(result[0])
    }
    expect(new Set(ids).size).toBe(name === 'sealed' ? 4 : 1)
    expect(visit((session) => session.explain().clocks.map((at) => at.startedAt)).result).toEqual([
      NOW + 1800,
      NOW + 1800,
    ])
  })

  test('keeps the data of nobody, and of the same subject', () => {
    const { visit } = start(options)
    visit((session) => session.set('cart', ['book']))
    visit((session) => session.authenticate('alice', BY))
    visit((session) => session.authenticate('alice', { factor: 'otp' }))
    const { result } = visit((session) => [session.get('cart'), session.provenAt('password')])
    expect(result).toEqual([['book'], NOW])
  })

  test('takes no data, proof or limit of one subject to the next', () => {
    const leaves = fc.record({
      data: fc.dictionary(fc.string({ maxLength: 5 }), fc.integer(), { maxKeys: 4 }),
      factor: fc.constantFrom('password', 'otp', '__proto__'),
      limited: fc.boolean(),
      permanent: fc.boolean(),
      known: fc.boolean(),
    })
    fc.assert(
      fc.property(leaves, ({ data, factor, limited, permanent, known }) => {
        const { visit } = start(options)
        visit((session) => {
          session.update(data).authenticate('alice', { factor })
          if (limited) session.limit({ absolute: '1h' })
          if (permanent) session.permanent = true
        })
        visit((session) => {
          if (known) session.toJSON()
          session.authenticate('bob', { factor: 'passkey' })
          expect(session.ended).toMatchObject({ reason: 'logout', subject: 'alice' })
        })
        visit((session) => {
          expect([session.subject, session.toJSON(), session.permanent]).toEqual(['bob', {}, false])
          expect([session.provenAt(factor), session.provenAt()]).toEqual([null, NOW])
          expect(session.explain().clocks).toHaveLength(2)
        })
      }),
      { endOnFailure: true, numRuns: 30 },
    )
  })

  test('starts a limit of the session of its own anew', () => {
    const { visit, pass } = start(options)
    visit((session) => session.set('a', 1).limit({ absolute: '30m' }))
    pass(600)
    visit((session) => session.authenticate('alice', BY))
    expect(visit((session) => session.endsAt).result).toBe(NOW + 600 + 1800)
  })

  test('keeps a session that holds nothing but its subject', () => {
    const { visit } = start(options)
    visit((session) => session.authenticate('alice', BY))
    const { result } = visit((session) => [session.isNew, session.subject, session.size])
    expect(result).toEqual([false, 'alice', 0])
  })

  test.each(['', 7, null, undefined, {}, 'a'.repeat(257)])(
    'refuses %j as a subject and as a factor, and changes nothing',
    (text) => {
      const { visit } = start(options)
      const refused = expect.objectContaining({ code: 'bad-option' })
      const subject = text as string
      visit((session) => session.set('a', 1).authenticate('alice', BY))
      const { setCookie } = visit((session) => {
        expect(() => session.authenticate(subject, BY)).toThrow(refused)
        expect(() => session.authenticate('bob', { factor: subject })).toThrow(refused)
        expect(() => session.unlock({ factor: subject })).toThrow(refused)
      })
      expect(setCookie).toBeNull()
    },
  )

  test.each([-1, Number.NaN, Number.POSITIVE_INFINITY, NOW * 1000, 'now'])(
    'refuses %s as the time of a proof',
    (at) => {
      const { visit } = start(options)
      const proof = { factor: 'password', at: at as number }
      visit((session) => {
        const refused = expect.objectContaining({ code: 'bad-option' })
        expect(() => session.authenticate('alice', proof)).toThrow(refused)
      })
    },
  )

  test('says of a subject how a number becomes one, and of a factor what one is', () => {
    const { visit } = start(options)
    visit((session) => {
      expect(() => session.authenticate(7 as never, BY)).toThrow('String(user.id)')
      expect(() => session.authenticate('alice', { factor: 7 as never })).toThrow(
        "{ factor: 'password' }",
      )
    })
  })

  test('refuses the time of a proof before it ends anything', () => {
    const { visit } = start(options)
    visit((session) => session.set('a', 1).authenticate('alice', BY))
    visit((session) => {
      expect(() => session.authenticate('bob', { factor: 'password', at: -1 })).toThrow()
    })
    expect(visit((session) => session.subject).result).toBe('alice')
  })

  test('saves nothing where the handler takes it back', () => {
    const { visit, pass } = start(options)
    visit((session) => session.set('a', 1))
    pass(120)
    visit((session) => Object.assign(session.set('a', 2), { modified: false }))
    expect(visit((session) => session.get('a')).result).toBe(1)
  })

  test('of an ended session begins another', () => {
    const { visit, pass } = start(options)
    visit((session) => session.set('a', 1).authenticate('alice', BY))
    pass(3 * 3600)
    visit((session) => session.authenticate('alice', { factor: 'otp' }))
    const { result } = visit((session) => [session.size, session.provenAt('password')])
    expect(result).toEqual([0, null])
  })
})

describe.each(FORMATS)('a proof, %s', (_, format) => {
  const options = { format, refreshEachRequest: true } as const

  test('is fresh to the second, by its factor or any', () => {
    const { visit, pass } = start(options)
    visit((session) => session.authenticate('alice', BY))
    pass(100)
    visit((session) => session.authenticate('alice', { factor: 'otp' }))
    pass(200)
    const fresh = (seconds: number, factor?: string) =>
      visit((session) => session.isFresh({ within: { seconds }, factor })).result
    expect([fresh(200, 'otp'), fresh(199, 'otp'), fresh(200), fresh(199)]).toEqual([
      true,
      false,
      true,
      false,
    ])
    expect([fresh(300, 'password'), fresh(299, 'password')]).toEqual([true, false])
    expect([fresh(1e6, 'passkey'), fresh(1e6, 'constructor'), fresh(-1), fresh(0)]).toEqual(
      new Array(4).fill(false),
    )
  })

  test('from the future counts as of now, one from the past as of then', () => {
    const { visit } = start(options)
    visit((session) => session.authenticate('alice', { factor: 'sso', at: NOW - 500.5 }))
    visit((session) => session.authenticate('alice', { factor: 'otp', at: NOW + 500 }))
    const at = visit((session) => [session.provenAt('sso'), session.provenAt('otp')])
    expect(at.result).toEqual([NOW - 501, NOW])
    expect(visit((session) => session.isFresh({ within: '500s', factor: 'sso' })).result).toBe(
      false,
    )
  })

  test.each(['__proto__', ' t', 'пароль', 'a b,c%20'])('may be of the factor %j', (factor) => {
    const { visit } = start(options)
    visit((session) => session.authenticate(factor, { factor }))
    const { result } = visit((session) => [session.subject, session.provenAt(factor)])
    expect(result).toEqual([factor, NOW])
  })

  test('is gone with the session', () => {
    for (const end of ['destroy', 'clear'] as const) {
      const { visit } = start(options)
      visit((session) => session.set('a', 1).authenticate('alice', BY))
      visit((session) => {
        session[end]()
        session.set('b', 1)
        expect([session.subject, session.provenAt(), session.isFresh({ within: '1h' })]).toEqual([
          null,
          null,
          false,
        ])
      })
      expect(visit((session) => [session.subject, session.provenAt()]).result).toEqual([null, null])
    }
  })

  test('is of no use to nobody', () => {
    const { visit } = start(options)
    visit((session) => expect(session.unlock({ factor: 'otp' })).toBe(false))
    expect(visit((session) => [session.provenAt(), session.isNew]).result).toEqual([null, true])
  })

  test('given before anybody authenticated is not that of who does', () => {
    const { visit } = start(options)
    visit((session) => session.set('a', 1))
    visit((session) => session.unlock({ factor: 'otp' }))
    visit((session) => session.authenticate('alice', BY))
    expect(visit((session) => session.provenAt('otp')).result).toBeNull()
  })
})

describe.each(FORMATS)('what only resumed, %s', (_, format) => {
  test('is no login, also where no absolute limit keeps its start', () => {
    const { visit, pass } = start({ format, lifetime: { idle: '30m' } })
    visit((session) => session.set('a', 1).authenticate('ann', BY))
    for (let n = 0; n < 3; n++) {
      pass(1000)
      visit((session) => session.set('a', n))
    }
    visit((session) => session.unlock({ factor: 'pin' }))
    pass(10)
    expect(visit((session) => session.isFresh({ within: '5m' })).result).toBe(false)
  })

  test('becomes none by an older login', () => {
    const { visit, pass } = start({ format, idleAction: 'lock' })
    visit((session) => session.set('a', 1).authenticate('ann', BY))
    pass(2 * HOUR)
    visit((session) => session.unlock({ factor: 'pin' }))
    pass(10)
    visit((session) => session.authenticate('ann', { factor: 'sso', at: NOW - 24 * HOUR }))
    expect(visit((session) => session.isFresh({ within: '5m' })).result).toBe(false)
    expect(visit((session) => session.provenAt()).result).toBe(NOW)
  })

  test('of another subject in the background leaves the present one logged in', () => {
    const { visit } = start({ format })
    visit((session) => session.set('a', 1).authenticate('ann', BY))
    const { setCookie } = visit((session) => session.authenticate('eve', BY), BACKGROUND)
    expect(setCookie).toBeNull()
    expect(visit((session) => session.subject).result).toBe('ann')
  })
})

test('the time of a proof is a number of seconds', () => {
  const session = start().sessions().open({})
  for (const at of [null, '1700000000', -1, Number.NaN, 1_700_000_000_000]) {
    const proof = { factor: 'password', at: at as number }
    expect(() => session.authenticate('ann', proof)).toThrow(
      expect.objectContaining({ code: 'bad-option' }),
    )
  }
})
