import assert from 'node:assert/strict'
import { generateKeyPairSync, sign } from 'node:crypto'
import { test } from 'node:test'
import { checkpointBytes, Frontier, leafHash } from './merkle.ts'
import { type Checkpoint, type LedgerSource, verifyLedger } from './verify.ts'

const { publicKey, privateKey } = generateKeyPairSync('ed25519')

interface Ledger {
  lines: { position: number; line: string }[]
  checkpoints: Checkpoint[]
}

/** A ledger of `size` lines with a checkpoint at each of the given sizes. */
function ledgerOf(size: number, checkpointSizes: number[]): Ledger {
  const lines = Array.from({ length: size }, (_, position) => ({
    position,
    line: `["${position}"]`,
  }))
  return { lines, checkpoints: checkpointSizes.map((at) => checkpointOver(lines.slice(0, at))) }
}

function checkpointOver(lines: { line: string }[]): Checkpoint {
  const tree = new Frontier()
  for (const { line } of lines) tree.append(leafHash(line))
  const root = tree.root()
  const signature = sign(null, checkpointBytes(lines.length, root), privateKey)
  return { treeSize: lines.length, root, signature }
}

function sourceOf({ lines, checkpoints }: Ledger): LedgerSource {
  return {
    lines: async (from, limit) => lines.filter((one) => one.position >= from).slice(0, limit),
    checkpoints: async (after, limit) =>
      checkpoints.filter((one) => one.treeSize > after).slice(0, limit),
  }
}

test('a ledger that nobody touched holds, over several pages of lines', async () => {
  const report = await verifyLedger(sourceOf(ledgerOf(2_503, [1, 7, 2_400, 2_503])), publicKey)
  assert.deepEqual(
    { lines: report.lines, checkpoints: report.checkpoints, fault: report.fault },
    { lines: 2_503, checkpoints: 4, fault: null },
  )
})

test('an empty ledger holds and has no root', async () => {
  const report = await verifyLedger(sourceOf(ledgerOf(0, [])), publicKey)
  assert.deepEqual(report, { lines: 0, checkpoints: 0, root: null, fault: null })
})

test('a changed line is found within its checkpoint', async () => {
  const ledger = ledgerOf(10, [4, 8, 10])
  ledger.lines[5]!.line = '["other"]'
  const { fault, checkpoints } = await verifyLedger(sourceOf(ledger), publicKey)
  assert.equal(checkpoints, 1)
  assert.deepEqual(fault, {
    first: 4,
    last: 7,
    reason: 'these lines are not the ones that vault signed',
  })
})

test('a removed line is found at its position, the last one too', async () => {
  for (const gone of [0, 5, 9]) {
    const ledger = ledgerOf(10, [4, 8, 10])
    ledger.lines.splice(gone, 1)
    const { fault } = await verifyLedger(sourceOf(ledger), publicKey)
    assert.deepEqual([fault?.first, fault?.last], [gone, gone])
  }
})

test('lines that changed places are found', async () => {
  const ledger = ledgerOf(4, [4])
  const [first, second] = ledger.lines
  ;[first!.line, second!.line] = [second!.line, first!.line]
  const { fault } = await verifyLedger(sourceOf(ledger), publicKey)
  assert.equal(fault?.first, 0)
})

test('two lines at one position are found', async () => {
  const ledger = ledgerOf(4, [4])
  ledger.lines.splice(2, 0, { position: 1, line: '["1"]' })
  const { fault } = await verifyLedger(sourceOf(ledger), publicKey)
  assert.deepEqual(fault, { first: 1, last: 1, reason: 'two lines stand at one position' })
})

test('a history that was rewritten with its roots is found by the signature', async () => {
  const ledger = ledgerOf(6, [3, 6])
  ledger.lines[4]!.line = '["other"]'
  const rewritten = checkpointOver(ledger.lines)
  const old = ledger.checkpoints[1]!
  ledger.checkpoints[1] = { ...rewritten, signature: old.signature }
  const { fault } = await verifyLedger(sourceOf(ledger), publicKey)
  assert.match(fault?.reason ?? '', /not signed by vault/)
})

test('a placed line beyond the last checkpoint is found', async () => {
  const { fault } = await verifyLedger(sourceOf(ledgerOf(5, [4])), publicKey)
  assert.equal(fault?.first, 4)
})

test('lines without any checkpoint do not pass for an empty ledger', async () => {
  const { fault } = await verifyLedger(sourceOf(ledgerOf(3, [])), publicKey)
  assert.equal(fault?.first, 0)
})

test('a ledger that grows while it is read holds', async () => {
  const ledger = ledgerOf(4, [4])
  const source = sourceOf(ledger)
  let grown = false
  const growing: LedgerSource = {
    ...source,
    lines: (from, limit) => {
      if (from === 4 && !grown) {
        grown = true
        const more = ledgerOf(6, [4, 6])
        ledger.lines.push(...more.lines.slice(4))
        ledger.checkpoints.push(more.checkpoints[1]!)
      }
      return source.lines(from, limit)
    },
  }
  const report = await verifyLedger(growing, publicKey)
  assert.equal(report.fault, null)
  assert.equal(report.lines, 6)
})
