// Loaded before a program that takes its time from the system: moves that program's clock forward
// by as many seconds as the test sends, so that nobody has to wait.
const { now } = Date
let shift = 0

Date.now = () => now() + shift

process.on('message', (seconds: number) => {
  shift = seconds * 1_000
  process.send?.('shifted')
})

// A channel that waits for messages would keep a program alive that wants to end.
process.channel?.unref()
