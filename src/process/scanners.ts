/** POSTERN_SCANNER_KEYS_FILE: lines `id  public key`, of those whose reports of leaked keys are believed. */
import { createPublicKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Scanner } from './handover.ts'

const scannersMax = 100

/** Throws an Error that names the line, the rule and the fix. */
export function readScanners(file: string | null): Scanner[] {
  if (file === null) return []
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch {
    throw new Error(`POSTERN_SCANNER_KEYS_FILE must name a readable file; check the path ${file}`)
  }
  return parseScanners(text, file)
}

export function parseScanners(text: string, file: string): Scanner[] {
  const scanners = new Map<string, Scanner>()
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim()
    if (line === '' || line.startsWith('#')) continue
    const place = `${file} line ${index + 1}`
    const scanner = parseScanner(line)
    if (!scanner) {
      throw new Error(
        `${place} must be an id and a P-256 or Ed25519 public key; write the base64 between the lines of its PEM as one word`,
      )
    }
    if (scanners.has(scanner.id)) {
      throw new Error(`${place} names ${scanner.id} a second time; keep one of the lines`)
    }
    scanners.set(scanner.id, scanner)
    if (scanners.size > scannersMax) throw new Error(`${file} has more than ${scannersMax} keys`)
  }
  return [...scanners.values()]
}

function parseScanner(line: string): Scanner | undefined {
  const [id = '', publicKey = '', more] = line.split(/\s+/)
  const isWhole = /^[\w.-]{1,128}$/.test(id) && more === undefined
  return isWhole && isTaken(publicKey) ? { id, publicKey } : undefined
}

function isTaken(publicKey: string): boolean {
  try {
    const key = Buffer.from(publicKey, 'base64')
    const { asymmetricKeyType, asymmetricKeyDetails } = createPublicKey({
      key,
      format: 'der',
      type: 'spki',
    })
    if (asymmetricKeyType === 'ed25519') return true
    return asymmetricKeyType === 'ec' && asymmetricKeyDetails?.namedCurve === 'prime256v1'
  } catch {
    return false
  }
}
