// Whether a text that was kept is the reason of an end.
import type { EndReason } from '../../core/record.ts'

const REASONS: { readonly [reason in EndReason]: true } = {
  idle: true,
  absolute: true,
  field: true,
  future: true,
  logout: true,
  revoked: true,
  replaced: true,
  renewed: true,
  unknown: true,
  tampered: true,
  'unknown-key': true,
  malformed: true,
  unreadable: true,
  invalid: true,
}

export const isEndReason = (reason: unknown): reason is EndReason =>
  typeof reason === 'string' && Object.hasOwn(REASONS, reason)
