// Signs any payload as a Flask with the secret `dev-secret` would: for cookies that only a holder of
// the key can make.
import { createHmac } from 'node:crypto'

const KEY = createHmac('sha1', 'dev-secret').update('cookie-session').digest()

/** `payload.timestamp.signature`; without a second, no timestamp. */
export function signText(payload: string, second: number | null): string {
  const signed = second === null ? payload : `${payload}.${timestamp(second)}`
  return `${signed}.${createHmac('sha1', KEY).update(signed).digest('base64url')}`
}

function timestamp(second: number): string {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(BigInt(second))
  return bytes.subarray(bytes.findIndex((byte) => byte > 0)).toString('base64url')
}
