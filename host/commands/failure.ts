/** The command was understood and could not be done: exit code 1. The text says what to do next. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed';
}

/** The command line itself is wrong: exit code 2. */
export class WrongUsage extends Error {
  override readonly name = 'WrongUsage';
}
