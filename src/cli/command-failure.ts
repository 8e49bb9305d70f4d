/** A command could not do it; the message says what to do about it. Exit code 1. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure'
}

/** The command was called wrongly. Exit code 2, and the usage is shown with it. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}
