// `sojourn/policy`: whether a policy is strict enough, and how to write it down and draw it.

export type { PolicyFacts } from '../core/roles.ts'
export {
  type CheckOptions,
  checkLifetime,
  checkPolicy,
  type Finding,
  type PolicyFinding,
} from './check.ts'
export {
  type DescribeOptions,
  describeLifetime,
  describePolicy,
  type PageOptions,
} from './describe.ts'
export { type DrawOptions, drawPolicy } from './draw.ts'
export { type Level, type PresetName, presets } from './presets.ts'
