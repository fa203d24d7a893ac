// Makes dist/ from src/, and protects against leftovers: a file that was removed or renamed must
// not live on in a published package. The command must be executable where it is not installed
// by a package manager.
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../', import.meta.url))
const command = `${root}dist/cli/main.js`

rmSync(`${root}dist`, { recursive: true, force: true })
const compiler = [`${root}node_modules/typescript/bin/tsc`, '-p', `${root}tsconfig.build.json`]
const { status } = spawnSync(process.execPath, compiler, { stdio: 'inherit' })
if (status !== 0) process.exitCode = 1
if (existsSync(command)) chmodSync(command, 0o755)
