/** The command line as the operator of a running instance: with its database login, its vault, and the token it shows. */
import { accessSync, constants, existsSync, statSync } from 'node:fs'
import { loadConfig } from '../config/config.ts'
import { AuthorityCheck } from '../core/authority/authority-check.ts'
import { DatabaseFailure, openPool, type Pool } from '../db/sql.ts'
import { tokenProof } from '../lib/token.ts'
import type { Log } from '../process/log.ts'
import type { RunFile } from '../process/run-file.ts'
import { operatorTokenFile } from '../process/secrets.ts'
import { connectVault, type VaultClient } from '../vault/client.ts'
import { CommandFailure } from './command-failure.ts'
import { findInstance } from './running-instance.ts'

export interface Operator {
  home: string
  runFile: RunFile
  token: string
  /** What the database is shown. */
  h1: Buffer
  sql: Pool
  vault: VaultClient
  /** Checks signed rows with the key of the home, never with one from the database. */
  authority: AuthorityCheck
  authorityPublicKey: Buffer
}

/** A command has one answer; what it could log is said by that. */
export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} }

/** Throws CommandFailure when nothing runs here, or when it is not for this user. */
export async function asOperator<Result>(
  work: (operator: Operator) => Promise<Result>,
): Promise<Result> {
  const { home } = loadConfig().settings
  demandOwnHome(home)
  const { runFile, operatorToken: token, ask } = findInstance()
  const { database, vaultSocket, authorityPublicKey } = await ask({ operation: 'login' })
  if (authorityPublicKey === null) {
    throw new CommandFailure('the first start has not finished yet; try again in a moment')
  }
  const publicKey = Buffer.from(authorityPublicKey, 'base64url')
  const sql = openPool(database, { connectionsMax: 1 })
  const vault = connectVault({
    socket: vaultSocket,
    role: 'operator',
    ticket: token,
    log: silentLog,
  })
  try {
    return await work({
      home,
      runFile,
      token,
      h1: tokenProof(token),
      sql,
      vault,
      authority: new AuthorityCheck(publicKey),
      authorityPublicKey: publicKey,
    })
  } catch (error) {
    throw error instanceof DatabaseFailure ? explained(error) : error
  } finally {
    await vault.close()
    await sql.end()
  }
}

function explained(error: DatabaseFailure): Error {
  if (error.code === '40001') {
    return new CommandFailure(
      'another change of the same thing came first; look at it and try again',
    )
  }
  if (!error.isOutage) return error
  return new CommandFailure(
    `the database does not answer (${error.code}); \`postern doctor\` says what is wrong`,
  )
}

/** Said apart from "nothing runs", because starting another instance would be the wrong thing to do. */
export function demandOwnHome(home: string): void {
  if (!existsSync(home)) {
    throw new CommandFailure(
      `there is no folder ${home}; set POSTERN_HOME to the folder of your instance, or make a new one with \`postern run\``,
    )
  }
  const token = operatorTokenFile(home)
  if (!existsSync(token)) {
    throw new CommandFailure(
      `${home} is not the folder of an instance, or not yours to read; set POSTERN_HOME to the one you mean`,
    )
  }
  try {
    accessSync(token, constants.R_OK)
  } catch {
    throw new CommandFailure(
      `${token} belongs to another user (number ${statSync(token).uid}); run the command as that user`,
    )
  }
}
