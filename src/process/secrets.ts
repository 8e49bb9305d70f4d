/** The secrets that lie in the home, for its owner only, and the one public key beside them. */
import { spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const rootKeyBytes = 32
const unsealSeconds = 60
const unsealOutputBytesMax = 4096

/**
 * The root key, base64: from the unseal command, else from `root.key`, which is made at the first start. Null when
 * `root.sealed` lies there instead: vault then waits for the operator's passphrase.
 */
export async function readRootKey(
  home: string,
  { unsealCommand, searchPath }: { unsealCommand: string | null; searchPath: string },
): Promise<string | null> {
  if (unsealCommand !== null) {
    const key = await runUnsealCommand(unsealCommand, searchPath)
    return checkRootKey(key, 'what POSTERN_UNSEAL_COMMAND prints')
  }
  const file = join(home, 'root.key')
  if (!existsSync(file)) {
    if (existsSync(join(home, 'root.sealed'))) return null
    if (existsSync(join(home, 'public', 'authority.json'))) {
      throw new Error(
        `${file} is missing but this home has sealed data; put the key back from its copy, since nothing opens without it`,
      )
    }
    writeSecret(file, randomBytes(rootKeyBytes).toString('base64'))
  }
  return checkRootKey(readFileSync(file, 'utf8'), file)
}

function checkRootKey(text: string, source: string): string {
  const key = text.trim()
  if (/^[A-Za-z0-9+/_-]+=*$/.test(key) && Buffer.from(key, 'base64').length === rootKeyBytes) {
    return key
  }
  throw new Error(`${source} must be a root key: ${rootKeyBytes} bytes in base64`)
}

async function runUnsealCommand(command: string, searchPath: string): Promise<string> {
  const child = spawn('/bin/sh', ['-c', command], {
    env: { PATH: searchPath },
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: unsealSeconds * 1000,
  })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
    if (output.length > unsealOutputBytesMax) child.kill()
  })
  const code = await new Promise<number | null>((resolve) => {
    child.once('close', resolve)
    child.once('error', () => resolve(null))
  })
  if (code === 0) return output
  throw new Error(
    `POSTERN_UNSEAL_COMMAND ended with ${code ?? 'a signal'}; run it by hand: it must print the root key within ${unsealSeconds} s`,
  )
}

/** What the command line shows to vault and to the supervisor; made at the first start. */
export function readOperatorToken(home: string): string {
  const file = operatorTokenFile(home)
  if (!existsSync(file)) writeSecret(file, `pst_op_${randomBytes(32).toString('base64url')}`)
  return readFileSync(file, 'utf8').trim()
}

export function operatorTokenFile(home: string): string {
  return join(home, 'operator.token')
}

/** What Postern's own mail is sent with; null until the first start with an unsealed vault has made it. */
export function readMailKey(home: string): string | null {
  const file = mailKeyFile(home)
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : null
}

export function mailKeyFile(home: string): string {
  return join(home, 'mail.key')
}

/** SHA-256 of SHA-256, as private.operators has it: whoever sees it can show nobody the token or its proof. */
export function operatorTokenHash(token: string): Buffer {
  return createHash('sha256').update(createHash('sha256').update(token).digest()).digest()
}

/** Whole or not at all, and never readable by another user, not even for a moment. */
export function writeSecret(file: string, content: string): void {
  writeFileSync(`${file}.new`, `${content}\n`, { mode: 0o600, flush: true })
  renameSync(`${file}.new`, file)
}

export function readAuthorityKey(home: string): string | null {
  const file = join(home, 'public', 'authority.json')
  if (!existsSync(file)) return null
  // Written below.
  return (JSON.parse(readFileSync(file, 'utf8')) as { public_key: string }).public_key
}

/**
 * Keeps the authority's public key at its first report. A different one later means that database and home do not
 * belong together, or that somebody put rows of their own there: nothing may start on it.
 */
export function keepAuthorityKey(home: string, publicKey: string): void {
  const known = readAuthorityKey(home)
  if (known === publicKey) return
  const file = join(home, 'public', 'authority.json')
  if (known !== null) {
    throw new Error(
      `the authority key in the database is not the one in ${file}; bring database and home from the same backup`,
    )
  }
  writeFileSync(`${file}.new`, `${JSON.stringify({ public_key: publicKey })}\n`, {
    mode: 0o644,
    flush: true,
  })
  renameSync(`${file}.new`, file)
}
