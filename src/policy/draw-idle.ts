// A user who leaves: each activity starts the idle clock anew, the throttle leaves some unwritten, and
// after the last one the session ends or is locked.
import type { Limit } from '../core/lifetime.ts'
import { ending, heading, label, type Part, rowOf, warn } from './draw-part.ts'
import { canIdleOut, findLimit, type Kind, longestOf } from './facts.ts'
import { at, drawAxis, type Scale } from './scale.ts'
import { ALLOWED, bar, dot, LOCKED, line, SHEET, strip, write } from './svg.ts'
import { inShort } from './words.ts'

const WIDTH = SHEET.right - SHEET.left
const ENDS = 'each activity starts the idle clock anew; after the last one it runs out'
const LOCKS = 'idling locks the session: its data are kept, closed, until one factor resumes it'
/** The least room, in pixels, for two captions beside each other, and for a strip to be seen. */
const LEAST = { lead: 100, strip: 12 }

interface Scene {
  readonly idle: Limit
  /** Second 0 is the last activity that was written down. */
  readonly scale: Scale
  readonly end: number
  /** How wide the allowance is drawn. */
  readonly gap: number
}

/** Null where the session cannot idle out. */
export function drawIdle({ limits }: Kind, warning: number, top: number): Part | null {
  const idle = findLimit(limits, 'idle')
  if (idle === null || !canIdleOut(limits)) return null
  const scene = arrange(idle, longestOf(findLimit(limits, 'absolute')))
  const [activity, clock, warned, session] = [0, 1, 2, 3].map((index) => rowOf(top, index))
  const bottom = rowOf(top, 4) - 10
  const lines = [
    ...heading(top, 'A user who leaves', idle.locks ? LOCKS : ENDS),
    ...drawAxis(scene.scale, [top + 52, bottom], 'since the last activity', scene.end + 8),
    ...drawActivity(scene, top, activity ?? top),
    ...drawClock(scene, clock ?? top),
    ...drawWarning(scene, warning, warned ?? top),
    ...drawSession(scene, session ?? top, top, bottom),
    ...ending(scene.end, top, bottom, idle.locks ? 'locked: idle' : 'ended: idle', idle.locks),
  ]
  return { lines, bottom: bottom + 34 }
}

/** Some activity first, as much as the absolute limit leaves room for. */
function arrange(idle: Limit, age: number): Scene {
  const total = idle.seconds + idle.allowance
  const end = SHEET.left + WIDTH * (idle.locks ? 0.66 : 0.93)
  const perSecondWith = (lead: number) => (end - SHEET.left) / (lead + total)
  const wanted = Math.min(total * 0.6, age - total)
  const lead = wanted * perSecondWith(wanted) < LEAST.lead ? 0 : wanted
  const perSecond = perSecondWith(lead)
  const gap = idle.allowance > 0 ? Math.max(LEAST.strip, idle.allowance * perSecond) : 0
  return { idle, scale: { zero: SHEET.left + lead * perSecond, perSecond }, end, gap }
}

/** Where activity is written down: at the begin, in between, and at last. */
function writtenIn({ scale, gap }: Scene): number[] {
  const lead = scale.zero - SHEET.left
  const between = [0.3, 0.55].filter((share) => share * lead > 3 * LEAST.strip + gap)
  return lead === 0
    ? [SHEET.left]
    : [SHEET.left, ...between.map((share) => SHEET.left + share * lead), scale.zero]
}

function drawActivity(scene: Scene, top: number, y: number): string[] {
  const { gap, idle } = scene
  const written = writtenIn(scene)
  const unwritten = gap === 0 ? [] : written.slice(-2).map((x) => x + gap)
  const last = unwritten.at(-1) ?? scene.scale.zero
  const isAlone = written.length === 1
  return [
    ...label(
      y,
      'activity',
      gap === 0 ? 'each is written' : `written once in ${inShort(idle.allowance + 1)}`,
    ),
    ...(isAlone ? [] : [write(SHEET.left, top + 40, 'begin', 'note')]),
    isAlone
      ? write(SHEET.left, top + 40, 'begin, and last activity', 'note')
      : write(last, top + 40, 'last activity', 'note', 'middle'),
    ...written.map((x) => dot(x, y, 'dot')),
    ...unwritten.map((x) => dot(x, y, 'hollow')),
  ]
}

function drawClock(scene: Scene, y: number): string[] {
  const { idle, end, gap } = scene
  const starts = writtenIn(scene)
  const bars = starts.map((x, index) =>
    bar(x, (starts[index + 1] ?? end - gap + 2) - 2, y - 7, 'idle'),
  )
  const figure = inShort(idle.seconds)
  const value = gap === 0 ? figure : `${figure}, and up to ${inShort(idle.allowance)}`
  return [
    ...label(y, 'idle clock', value),
    ...bars,
    ...(gap === 0 ? [] : [strip(end - gap, end, y - 7, ALLOWED, 'outline')]),
  ]
}

function drawWarning({ idle, scale, end }: Scene, warning: number, y: number): string[] {
  if (warning >= longestOf(idle)) return label(y, 'warning', 'the limit is too short')
  return [
    ...label(y, 'warning', `${inShort(warning)} before`),
    warn(end, warning, scale.perSecond, y, at(scale, 0)),
  ]
}

function drawSession({ idle, end }: Scene, y: number, top: number, bottom: number): string[] {
  const open = bar(SHEET.left, end, y - 7, 'open')
  if (!idle.locks) return [...label(y, 'session', 'open, then over'), open]
  const stop = SHEET.right - 2
  const cut = (x: number) => `M${x} ${y + 12}l8 -24`
  return [
    ...label(y, 'session', 'open, then locked'),
    open,
    strip(end, stop, y - 7, LOCKED, 'outline'),
    line('cut', cut(stop - 44)),
    line('lock', `${cut(stop - 48)}${cut(stop - 40)}`),
    ...ending(stop, top, bottom, 'ended: absolute'),
  ]
}
