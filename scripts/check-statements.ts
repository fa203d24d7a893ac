// Protects databases from what a visitor sends: every statement and script of the stores is a constant, or
// made of constants once, when the store is made; values go beside it. So in a text that is SQL or Lua only
// the pieces below may be filled in, and no statement may be made inside of a verb. Stores say nothing on
// their own: what they print or put into an error might be an id, a subject or a value.
import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const SRC = fileURLToPath(new URL('../src/stores/', import.meta.url))

const STATEMENT =
  /\b(?:SELECT|INSERT INTO|UPDATE|DELETE FROM|CREATE (?:TABLE|INDEX|OR REPLACE)|PRAGMA|redis\.call)\b/
/** Names that were checked, expressions and pieces that are constants themselves. */
const PIECES =
  /^(?:[A-Z][A-Z_]+|[A-Z_]+\.\w+|table|names?|name|row|id|expect|extra|body|reason|other|keep|state|live|columns|(?:names\.)?of\('\w+'\)|of\(name\)|(?:keptOf|dueOf|columnsOf|factsOf|findLive|findConflict|lockSubjects|bury|\w+Function|\w+Functions)\([^`]*\)|busyTimeout)$/
const SAYS = /\bconsole\.|process\.emitWarning|process\.std(?:out|err)/

const faults: string[] = []

/** The template texts of a file, each with its placeholders; nested ones are looked at by themselves. */
function templates(text: string): string[] {
  return Array.from(text.matchAll(/`(?:[^`\\]|\\.)*`/g), ([template]) => template)
}

const files = globSync('**/*.ts', { cwd: SRC })
for (const path of files) {
  const text = readFileSync(SRC + path, 'utf8')
  for (const template of templates(text).filter((each) => STATEMENT.test(each))) {
    for (const [, piece = ''] of template.matchAll(/\$\{((?:[^{}]|\{[^{}]*\})*)\}/g)) {
      if (!PIECES.test(piece.trim())) faults.push(`src/stores/${path} fills in ${piece}`)
    }
  }
  for (const line of text.split('\n')) {
    if (SAYS.test(line)) faults.push(`src/stores/${path} says something: ${line.trim()}`)
    if (STATEMENT.test(line) && /['"`]\s*\+\s*\w|\w\s*\+\s*['"`]/.test(line)) {
      faults.push(`src/stores/${path} joins a statement: ${line.trim()}`)
    }
    if (/new SessionError\([^)]*\$\{\s*(?:id|subject|text|value|sid)\b/.test(line)) {
      faults.push(`src/stores/${path} tells of what was asked: ${line.trim()}`)
    }
  }
}
for (const fault of faults) console.error(fault)
console.log(`statements: ${files.length} files, ${faults.length} faults`)
if (faults.length > 0) process.exitCode = 1
