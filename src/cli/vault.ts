/** `postern vault …`: whether vault is sealed, unsealing it, and putting the root key behind a passphrase. */
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { loadConfig } from '../config/config.ts'
import { ensureMailKey } from '../core/accounts/ensure-mail-key.ts'
import { systemClock } from '../lib/clock.ts'
import { Refusal } from '../lib/refusal.ts'
import { mailKeyFile, writeSecret } from '../process/secrets.ts'
import { type Action, type Answer, runNamedAction } from './action.ts'
import { CommandFailure } from './command-failure.ts'
import { mailKeyIn } from './first-account.ts'
import { asOperator, demandOwnHome } from './operator.ts'
import { openRootKey, sealRootKey } from './root-seal.ts'
import { isTyped, readSecret } from './secret-input.ts'

const rootKeyBytes = 32
const passphraseLengthMin = 12

const status: Action = {
  shape: {},
  perform: () =>
    asOperator(async ({ vault }) => {
      const { sealed } = await vault.status()
      const text = sealed
        ? 'Vault is sealed: nothing is opened, signed or delivered. `postern vault unseal` opens it.'
        : 'Vault is unsealed.'
      return { json: { sealed }, text }
    }),
}

const unseal: Action = {
  shape: {},
  perform: () =>
    asOperator(async ({ sql, vault, token, home }) => {
      const { sealed } = await vault.status()
      if (!sealed) return unsealed('Vault is not sealed; nothing was done.')
      const rootKey = await askForRootKey(home)
      try {
        await vault.unseal(token, rootKey.toString('base64url'))
      } catch (error) {
        if (!(error instanceof Refusal)) throw error
        throw new CommandFailure(
          `vault did not open; is this the root key of ${home}? Its log, log/vault.log, says more`,
          { cause: error },
        )
      }
      // A first start with a sealed vault could not make it; console has it from the next start on.
      const deps = { sql, vault, clock: systemClock }
      await ensureMailKey(deps, token, mailKeyIn(mailKeyFile(home)))
      return unsealed('Vault is unsealed.')
    }),
}

const protect: Action = {
  shape: {},
  async perform() {
    const { home, unsealCommand } = loadConfig().settings
    demandOwnHome(home)
    if (unsealCommand !== null) {
      throw new CommandFailure(
        'the root key comes from POSTERN_UNSEAL_COMMAND, so there is no file to protect',
      )
    }
    const keyFile = join(home, 'root.key')
    const sealedFile = join(home, 'root.sealed')
    const rootKey = readKeyFile(keyFile, sealedFile)
    const passphrase = await askForNewPassphrase()
    const sealed = await sealRootKey(rootKey, passphrase)
    writeSecret(sealedFile, sealed)
    // The key goes only when what has been written does open again.
    const kept = await openRootKey(readFileSync(sealedFile, 'utf8'), passphrase)
    if (!kept.equals(rootKey)) throw new Error('root.sealed does not hold the root key')
    rmSync(keyFile)
    return {
      json: { file: sealedFile },
      text: `The root key is now in ${sealedFile}, behind the passphrase, and ${keyFile} is removed.\nFrom the next start on vault begins sealed; \`postern vault unseal\` opens it. Without the passphrase nothing ever opens again: keep it in two places.`,
    }
  },
}

export function run(args: string[]): Promise<number> {
  return runNamedAction({ status, unseal, protect }, args)
}

function unsealed(text: string): Answer {
  return { json: { sealed: false }, text }
}

/** By passphrase when the home holds the wrapped key, else the key itself. */
async function askForRootKey(home: string): Promise<Buffer> {
  const sealedFile = join(home, 'root.sealed')
  if (existsSync(sealedFile)) {
    const passphrase = await readSecret('Passphrase of the root key')
    return openRootKey(readFileSync(sealedFile, 'utf8'), passphrase)
  }
  return parseRootKey(await readSecret('Root key (base64)'), 'what was given')
}

function readKeyFile(keyFile: string, sealedFile: string): Buffer {
  if (existsSync(keyFile)) return parseRootKey(readFileSync(keyFile, 'utf8'), keyFile)
  throw new CommandFailure(
    existsSync(sealedFile)
      ? 'the root key is protected already; nothing was done'
      : `there is no ${keyFile}; the first start makes it`,
  )
}

function parseRootKey(text: string, source: string): Buffer {
  const key = Buffer.from(text.trim(), 'base64')
  if (key.length === rootKeyBytes) return key
  throw new CommandFailure(`${source} is not a root key: ${rootKeyBytes} bytes in base64`)
}

async function askForNewPassphrase(): Promise<string> {
  const passphrase = await readSecret('New passphrase')
  if ([...passphrase].length < passphraseLengthMin) {
    throw new CommandFailure(
      `a passphrase has at least ${passphraseLengthMin} characters; five or more random words are good`,
    )
  }
  if (isTyped() && (await readSecret('The same again')) !== passphrase) {
    throw new CommandFailure('the two are not the same; nothing was changed')
  }
  return passphrase
}
