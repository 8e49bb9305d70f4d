/**
 * Gives new ledger lines their place in the Merkle tree and signs the tree's head, once a second while there are any. The
 * tree is carried on from the last checkpoint, whose frontier must give its signed root.
 */
import { verify } from 'node:crypto'
import { ed25519PublicKey } from '../core/authority/authority-check.ts'
import { checkpointBytes, Frontier, leafHash } from '../core/ledger/merkle.ts'
import {
  fillLedgerNodes,
  findCheckpoint,
  findLastCheckpoint,
  listUnplacedLines,
  placeLines,
} from '../core/ledger/queries.ts'
import type { Sql } from '../db/sql.ts'
import type { Log } from '../process/log.ts'
import type { KeyStore } from './key-store.ts'
import type { LedgerHead } from './ledger-head.ts'

const linesMax = 2_000
const intervalMs = 1_000
/** Of as many lines a node is stored, from which proofs are made. */
const linesOfNode = 256
const nodesAtOnce = 32

export interface CheckpointDeps {
  sql: Sql
  ticket: Buffer
  keys: KeyStore
  publicKey: Buffer
  log: Log
  head: Pick<LedgerHead, 'read' | 'write'>
}

/** The ledger in the database is not the one whose head vault signed last. */
export class LedgerRewound extends Error {
  override readonly name = 'LedgerRewound'
}

export class Checkpoints {
  private readonly deps: CheckpointDeps
  private frontier: Frontier | undefined
  private timer: NodeJS.Timeout | undefined
  private running: Promise<void> = Promise.resolve()
  private stopping = false
  /** Since this process began: nodes that an earlier one did not get to are made up for. */
  private nodesFilled = false

  constructor(deps: CheckpointDeps) {
    this.deps = deps
  }

  /** Throws LedgerRewound when the database does not hold the head that vault keeps in its own folder. */
  async demandHead(): Promise<void> {
    const { sql, ticket, head, log } = this.deps
    const kept = head.read()
    if (!kept) return
    const found = await findCheckpoint(sql, ticket, String(kept.size))
    if (found?.equals(kept.root)) return
    log.error({ reason: 'ledger does not hold the head signed last' }, 'alarm: ledger was changed')
    throw new LedgerRewound(
      `the ledger in the database does not hold the head of ${kept.size} lines that was signed last`,
    )
  }

  begin(): void {
    this.timer = setTimeout(() => {
      this.running = this.run()
    }, intervalMs)
  }

  async stop(): Promise<void> {
    this.stopping = true
    clearTimeout(this.timer)
    await this.running
    await this.placeAll()
  }

  private async run(): Promise<void> {
    await this.placeAll()
    if (!this.stopping) this.begin()
  }

  /** A failure loses nothing: the lines stay unplaced, and the tree is read again. */
  private async placeAll(): Promise<void> {
    try {
      while ((await this.placeSome()) === linesMax);
    } catch (error) {
      this.frontier = undefined
      this.deps.log.warn({ error }, 'ledger lines not placed')
    }
  }

  private async placeSome(): Promise<number> {
    const { sql, ticket, keys, head } = this.deps
    const lines = await listUnplacedLines(sql, ticket, linesMax)
    if (lines.length === 0) return 0
    this.frontier ??= await this.loadFrontier()
    const firstPosition = this.frontier.size
    for (const { line } of lines) this.frontier.append(leafHash(line))
    const root = this.frontier.root()
    await placeLines(sql, ticket, {
      ids: lines.map((line) => line.id),
      firstPosition: String(firstPosition),
      root,
      frontier: this.frontier.serialise(),
      signature: keys.signAuthority(checkpointBytes(this.frontier.size, root)),
    })
    head.write({ size: this.frontier.size, root })
    const isNodeComplete =
      Math.floor(firstPosition / linesOfNode) < Math.floor(this.frontier.size / linesOfNode)
    if (isNodeComplete || !this.nodesFilled) await this.fillNodes()
    return lines.length
  }

  private async fillNodes(): Promise<void> {
    while (!this.stopping) {
      const filled = await fillLedgerNodes(this.deps.sql, this.deps.ticket, nodesAtOnce)
      this.nodesFilled = filled < nodesAtOnce
      if (this.nodesFilled) return
    }
  }

  private async loadFrontier(): Promise<Frontier> {
    const last = await findLastCheckpoint(this.deps.sql, this.deps.ticket)
    if (!last) return new Frontier()
    const size = Number(last.treeSize)
    const frontier = Frontier.restore(size, last.frontier)
    const key = ed25519PublicKey(this.deps.publicKey)
    const authentic = verify(null, checkpointBytes(size, last.root), key, last.signature)
    if (!authentic || !frontier.root().equals(last.root)) {
      this.deps.log.error(
        { reason: 'last checkpoint is not vault’s own' },
        'alarm: ledger was changed',
      )
      throw new Error('the ledger was changed')
    }
    return frontier
  }
}
