// A real Flask in Python, the same application in Node, and a client with one cookie jar for both.
import { Flask, flash, getFlashedMessages, Markup, session } from 'sojourn/flask'
import { CookieJar } from 'tough-cookie'
import type { Python } from '../support/needs.ts'
import { answers, freePort, type Program, start } from '../support/processes.ts'
import { CASES, describeValue } from './cases.ts'

export type Kind = 'werkzeug' | 'gunicorn'

/** What either side can be told: its keys, its lifetime in seconds, its clock in epoch seconds. */
export interface Settings {
  readonly now?: number
  readonly secretKey?: string
  readonly fallbacks?: readonly string[]
  readonly lifetime?: number
}

/** One of the two servers. */
export interface Side {
  readonly url: string
  set(settings: Settings): Promise<void>
  stop(): Promise<void>
}

const FOLDER = new URL('./', import.meta.url).pathname

export async function startFlask(
  python: Python,
  kind: Kind,
  env: Record<string, string> = {},
): Promise<Side & { readonly program: Program }> {
  const port = await freePort()
  const gunicorn = ['-m', 'gunicorn', '--chdir', FOLDER, '--bind', `127.0.0.1:${port}`]
  const program = start({
    command: python.path,
    args: kind === 'gunicorn' ? [...gunicorn, 'flask_app:app'] : [`${FOLDER}flask_app.py`],
    env: { PYTHONDONTWRITEBYTECODE: '1', PORT: String(port), ...env },
  })
  const url = `http://127.0.0.1:${port}`
  await answers(`${url}/cases`, program).catch(async (error: unknown) => {
    await program.stop()
    throw error
  })
  const set = async (settings: Settings) => {
    const body = JSON.stringify(settings)
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(`${url}/control`, { method: 'POST', body, headers })
    if (!response.ok) throw new Error(`Flask refused ${body}: ${program.output()}`)
  }
  return { url, program, set, stop: program.stop }
}

/** The application of flask_app.py, on our side. */
export async function startSojourn(): Promise<Side & { readonly app: Flask }> {
  let now = Date.now() / 1000
  const app = createApp(() => now)
  const server = await app.run({ port: 0 })
  const set = async (settings: Settings) => {
    now = settings.now ?? now
    if (settings.secretKey !== undefined) app.secretKey = settings.secretKey
    if (settings.fallbacks !== undefined) app.config.secretKeyFallbacks = settings.fallbacks
    const { lifetime } = settings
    if (lifetime !== undefined) app.permanentSessionLifetime = { seconds: lifetime }
  }
  return { url: server.url, app, set, stop: server.close }
}

function createApp(clock: () => number): Flask {
  const app = new Flask({ clock })
  app.secretKey = 'secret123'
  app.route('/expected/<name>', ({ name }) => described(CASES[name]))
  app.route('/set/<name>', ({ name }) => {
    session.permanent = true
    session.set('value', CASES[name])
    return 'set'
  })
  app.route('/describe', () => described(session.get('value')))
  app.route('/touch', () => {
    session.set('touched', session.get('touched', 0) + 1)
    return String(session.get('touched'))
  })
  app.route('/untouched', () => 'a page that does not ask for its session')
  app.route('/flash', () => {
    flash('saved: käse')
    flash(new Markup('<b>not</b> saved'), 'error')
    return 'flashed'
  })
  app.route('/flashes', () => described(getFlashedMessages({ withCategories: true })))
  app.route('/clear', () => {
    session.clear()
    return 'cleared'
  })
  app.route('/elsewhere', () => {
    session.set('moved', true)
    return Response.redirect('http://127.0.0.1/untouched', 302)
  })
  app.route('/check', () => `Current session user: ${session.get('username', 'No active session')}`)
  app.route('/', () => {
    session.permanent = true
    session.set('username', 'Bob')
    return 'Session started for Bob with 10 seconds lifetime.'
  })
  return app
}

const described = (value: unknown): Response => Response.json(describeValue(value))

/** A browser's cookies, without the browser. Its own clock stands, so it never heeds Expires. */
export class Client {
  readonly #jar = new CookieJar()

  async get(side: Pick<Side, 'url'>, path: string): Promise<Response> {
    const url = side.url + encodeURI(path)
    const cookie = await this.#jar.getCookieString(url)
    const response = await fetch(url, {
      headers: cookie === '' ? {} : { cookie },
      redirect: 'manual',
    })
    for (const line of response.headers.getSetCookie()) await this.#jar.setCookie(line, url)
    return response
  }

  async text(side: Pick<Side, 'url'>, path: string): Promise<string> {
    const response = await this.get(side, path)
    if (response.status !== 200) throw new Error(`${path} answered ${response.status}`)
    return response.text()
  }

  async json(side: Pick<Side, 'url'>, path: string): Promise<unknown> {
    return JSON.parse(await this.text(side, path))
  }

  /** The session cookie that would be sent. */
  async cookie(side: Pick<Side, 'url'>): Promise<string | undefined> {
    const cookies = await this.#jar.getCookies(side.url)
    return cookies.find(({ key }) => key === 'session')?.value
  }
}
