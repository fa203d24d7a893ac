// `sojourn/policy`: whether a lifetime is strict enough, and how to write it down.
export { type CheckOptions, checkLifetime, type Finding } from './check.ts'
export { type DescribeOptions, describeLifetime } from './describe.ts'
export { type Level, type PresetName, presets } from './presets.ts'
