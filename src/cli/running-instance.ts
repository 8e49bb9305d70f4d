/** The running instance of this home, as a command reaches it. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadConfig } from '../config/config.ts'
import {
  askSupervisor,
  type OperatorAnswers,
  type OperatorOperation,
} from '../process/operator-socket.ts'
import { type RunFile, readRunFile } from '../process/run-file.ts'
import { operatorTokenFile } from '../process/secrets.ts'
import { CommandFailure } from './command-failure.ts'

export interface RunningInstance {
  home: string
  runFile: RunFile
  operatorToken: string
  ask<Operation extends OperatorOperation>(request: {
    operation: Operation
    role?: string
  }): Promise<OperatorAnswers[Operation]>
}

/** Throws CommandFailure that says how to start one, or who may ask. */
export function findInstance(): RunningInstance {
  const { home } = loadConfig().settings
  const runFile = readRunFile(home)
  if (!runFile) throw notRunning(home)
  const operatorToken = readToken(home)
  return {
    home,
    runFile,
    operatorToken,
    ask: (request) =>
      askSupervisor(join(runFile.sockets, 'operator.sock'), operatorToken, request).catch(
        (error: Error) => {
          if ('code' in error) throw notRunning(home)
          throw new CommandFailure(error.message)
        },
      ),
  }
}

function readToken(home: string): string {
  try {
    return readFileSync(operatorTokenFile(home), 'utf8').trim()
  } catch {
    throw new CommandFailure(
      `the operator's token in ${operatorTokenFile(home)} is not yours to read; run the command as the user who started Postern`,
    )
  }
}

function notRunning(home: string): CommandFailure {
  return new CommandFailure(
    `nothing runs on ${home}; start it with \`postern run\`, or set POSTERN_HOME to the folder of the instance you mean`,
  )
}
