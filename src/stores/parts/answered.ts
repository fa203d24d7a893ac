// Failures of a store that has answered: they say nothing against the server, and do not shut it off.

const answered = new WeakSet<Error>()

/** The same error, marked. */
export function withAnswer<Failure extends Error>(error: Failure): Failure {
  answered.add(error)
  return error
}

export const hasAnswered = (error: Error): boolean => answered.has(error)
