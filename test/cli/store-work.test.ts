// What is said of a store that cannot be reached: one sentence by its code, and nothing that a driver said.
import { expect, test } from 'vitest'
import { toUnreachable } from '../../src/cli/store-work.ts'

const coded = (code: string) => Object.assign(new Error(`secret ${code}`), { code })

test.each([
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'NODE_EXTRA_CA_CERTS'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'sslrootcert'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'NODE_EXTRA_CA_CERTS'],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'NODE_EXTRA_CA_CERTS'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'another host'],
  ['CERT_HAS_EXPIRED', 'has expired'],
  ['53300', 'no connection left'],
  ['25006', 'takes no writes'],
])('%s', (code, said) => {
  const { message } = toUnreachable(new Error('secret', { cause: coded(code) }))
  expect(message).toMatch(/^The store cannot be reached: .*\.$/)
  expect(message).toContain(said)
  expect(message).toContain(`(${code})`)
  expect(message).not.toContain('secret')
})

test.each([
  "READONLY You can't write against a read only replica.",
  "READONLY You can't write against a read only replica. script: 0a1b, on @user_script:1.",
  "ERR Error running script (call to f_0a): @user_script:1: @user_script: 1: -READONLY You can't write against a read only replica.",
])('a replica of Redis: %s', (message) => {
  expect(toUnreachable(new Error(message)).message).toContain('takes no writes')
})
