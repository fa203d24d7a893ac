// One command to a Redis server without a client, over a connection of its own.
import { once } from 'node:events'
import { connect } from 'node:net'

/** One command, its words apart; the answer as text, its parts by line. */
export async function ask(port: number, command: readonly string[]): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    const words = command.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`)
    socket.write(`*${command.length}\r\n${words.join('')}`)
    let text = ''
    for await (const chunk of socket.setEncoding('latin1')) {
      text += chunk
      const answer = readAnswer(text, 0)
      if (answer !== null) return answer.value
    }
    throw new Error('a server closed the connection')
  } finally {
    socket.destroy()
  }
}

/** A whole answer of RESP2 as text, its parts by line; null while some of it is missing. */
function readAnswer(text: string, from: number): { value: string; end: number } | null {
  const stop = text.indexOf('\r\n', from)
  if (stop < 0) return null
  const head = text.slice(from + 1, stop)
  const start = stop + 2
  if (text[from] === '$') {
    const end = start + Number(head) + 2
    if (head === '-1') return { value: '', end: start }
    return text.length < end ? null : { value: text.slice(start, end - 2), end }
  }
  if (text[from] !== '*') return { value: text[from] === '-' ? `-${head}` : head, end: start }
  const values: string[] = []
  let end = start
  for (let at = 0; at < Number(head); at++) {
    const part = readAnswer(text, end)
    if (part === null) return null
    values.push(part.value)
    end = part.end
  }
  return { value: values.join('\n'), end }
}
