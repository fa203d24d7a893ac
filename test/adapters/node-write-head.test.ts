import type { ServerResponse } from 'node:http'
import { describe, expect, it } from 'vitest'
import { ask, expectSaved, others, ours, writing } from './node-servers.ts'

describe('writeHead in all its forms', () => {
  it.each<[string, (response: ServerResponse) => unknown]>([
    ['a status', (response) => response.writeHead(201)],
    ['a status and a message', (response) => response.writeHead(201, 'Made')],
    ['a status and an object', (response) => response.writeHead(201, { 'X-Own': 'yes' })],
    [
      'a status, nothing, an object',
      (response) => response.writeHead(201, undefined, { 'X-Own': 'yes' }),
    ],
    [
      'a status, a message, an object',
      (response) => response.writeHead(201, 'Made', { 'X-Own': 'yes' }),
    ],
    ['a flat list', (response) => response.writeHead(201, ['X-Own', 'yes', 'X-Two', '2'])],
    ['a message and a flat list', (response) => response.writeHead(201, 'Made', ['X-Own', 'yes'])],
    [
      'a list of pairs',
      (response) =>
        response.writeHead(201, [
          ['X-Own', 'yes'],
          ['X-Two', '2'],
        ] as never),
    ],
  ])('keeps %s', async (form, write) => {
    const answer = await ask(
      writing((response) => {
        write(response)
        response.end('ok')
      }),
    )
    expectSaved(answer)
    expect(answer).toMatchObject({ status: 201, body: 'ok' })
    expect(answer.message).toBe(form.includes('message') ? 'Made' : 'Created')
    if (/object|list/.test(form)) {
      expect(answer.headers['x-own']).toBe('yes')
      expect(answer.raw).toContain('X-Own')
    }
  })

  it('answers the response, so that calls can be chained', async () => {
    const answer = await ask(writing((response) => response.writeHead(202).end('chained')))
    expectSaved(answer)
    expect(answer.body).toBe('chained')
  })

  it.each<[string, (response: ServerResponse) => unknown, string[]]>([
    [
      'one, set before',
      (response) => response.setHeader('Set-Cookie', 'a=1').writeHead(200),
      ['a=1'],
    ],
    [
      'several, set before',
      (response) => response.setHeader('set-cookie', ['a=1', 'b=2']).writeHead(200),
      ['a=1', 'b=2'],
    ],
    [
      'one set and one appended',
      (response) =>
        response.setHeader('Set-Cookie', 'a=1').appendHeader('Set-Cookie', 'b=2').writeHead(200),
      ['a=1', 'b=2'],
    ],
    ['one in an object', (response) => response.writeHead(200, { 'Set-Cookie': 'a=1' }), ['a=1']],
    [
      'several in an object',
      (response) => response.writeHead(200, { 'set-cookie': ['a=1', 'b=2'] }),
      ['a=1', 'b=2'],
    ],
    [
      'several after a message',
      (response) => response.writeHead(200, 'Fine', { 'Set-Cookie': ['a=1', 'b=2'] }),
      ['a=1', 'b=2'],
    ],
    [
      'several in a flat list',
      (response) => response.writeHead(200, ['Set-Cookie', 'a=1', 'set-cookie', 'b=2']),
      ['a=1', 'b=2'],
    ],
    [
      'an array in a flat list',
      (response) => response.writeHead(200, ['Set-Cookie', ['a=1', 'b=2']]),
      ['a=1', 'b=2'],
    ],
    [
      'several in pairs',
      (response) =>
        response.writeHead(200, [
          ['Set-Cookie', 'a=1'],
          ['Set-Cookie', 'b=2'],
        ] as never),
      ['a=1', 'b=2'],
    ],
  ])('keeps other cookies: %s', async (_, write, kept) => {
    const answer = await ask(
      writing((response) => {
        write(response)
        response.end()
      }),
    )
    expectSaved(answer)
    expect(others(answer)).toEqual(kept)
  })

  it.each<[string, (response: ServerResponse) => unknown, string]>([
    ['set before', (response) => response.setHeader('Vary', 'Origin'), 'Origin, Cookie'],
    [
      'set as a list',
      (response) => response.setHeader('Vary', ['Origin', 'Accept']),
      'Origin, Accept, Cookie',
    ],
    ['in an object', (response) => response.writeHead(200, { vary: 'Origin' }), 'Origin, Cookie'],
    [
      'in a flat list',
      (response) => response.writeHead(200, ['Vary', 'Origin', 'Vary', 'Accept']),
      'Origin, Accept, Cookie',
    ],
    ['already there', (response) => response.setHeader('Vary', 'Accept, cookie'), 'Accept, cookie'],
    ['for everything', (response) => response.setHeader('Vary', '*'), '*'],
  ])('appends to Vary once: %s', async (_, write, vary) => {
    const answer = await ask(
      writing((response) => {
        write(response)
        response.end()
      }),
    )
    expect(ours(answer)).toHaveLength(1)
    expect(answer.headers.vary).toBe(vary)
  })
})
